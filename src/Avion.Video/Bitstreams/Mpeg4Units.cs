namespace Avion.Video;

/// <summary>The start codes of an MPEG-4 visual packet. ISO/IEC 14496-2, 6.2.</summary>
internal static class Mpeg4Units
{
    private const byte VideoObjectPlane = 0xB6;
    private const int IntraCoding = 0;

    /// <summary>
    /// Whether the first picture of a packet is coded without reference to others. What follows may still lean on pictures before it (open
    /// groups, packed B-frames), so that this alone proves no start.
    /// </summary>
    public static bool BeginsWithIntraPicture(ReadOnlySpan<byte> packet)
    {
        ReadOnlySpan<byte> startCode = [0, 0, 1];
        while (true)
        {
            int at = packet.IndexOf(startCode);
            if (at < 0 || packet.Length < at + 5)
            {
                return false;
            }

            packet = packet[(at + 3)..];
            if (packet[0] == VideoObjectPlane)
            {
                return packet[1] >> 6 == IntraCoding;
            }
        }
    }
}
