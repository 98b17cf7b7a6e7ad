namespace Avion.Video;

/// <summary>
/// Whether the first picture of a packet is coded without reference to others, for codecs that say it near the packet's start. What follows
/// may still lean on pictures before it (open groups, packed B-frames), so that this alone proves no start; a picture that is none
/// disproves one.
/// </summary>
internal static class IntraPicture
{
    private const byte Mpeg2Picture = 0x00;
    private const byte Mpeg4Picture = 0xB6;

    /// <summary>False where the packet begins with a predicted picture; true where it does not, or where the codec is another.</summary>
    public static bool MayBegin(int codecId, ReadOnlySpan<byte> packet) => codecId switch
    {
        // picture_coding_type follows ten bits of temporal_reference: 1 is intra. ISO/IEC 13818-2, 6.2.3.
        CodecIds.Mpeg1 or CodecIds.Mpeg2 => TryFind(packet, Mpeg2Picture, out ReadOnlySpan<byte> picture) && ((picture[1] >> 3) & 7) == 1,
        // vop_coding_type: 0 is intra. ISO/IEC 14496-2, 6.2.5.
        CodecIds.Mpeg4 => TryFind(packet, Mpeg4Picture, out ReadOnlySpan<byte> plane) && plane[0] >> 6 == 0,
        // The lowest bit of the frame tag: 0 is a key frame. RFC 6386, 9.1.
        CodecIds.Vp8 => !packet.IsEmpty && (packet[0] & 1) == 0,
        _ => true,
    };

    /// <summary>The bytes behind the first start code 00 00 01 of a kind, two at least.</summary>
    private static bool TryFind(ReadOnlySpan<byte> packet, byte kind, out ReadOnlySpan<byte> content)
    {
        ReadOnlySpan<byte> startCode = [0, 0, 1];
        content = default;
        while (true)
        {
            int at = packet.IndexOf(startCode);
            if (at < 0 || packet.Length < at + 6)
            {
                return false;
            }

            packet = packet[(at + 3)..];
            if (packet[0] == kind)
            {
                content = packet[1..];
                return true;
            }
        }
    }
}
