namespace Avion.Video;

/// <summary>The start of a VP9 packet's first frame. VP9 bitstream specification 6.2 and annex B.</summary>
/// <param name="IsStart">Whether it is a shown key frame, which replaces all that later frames refer to.</param>
/// <param name="Width">Width of a key frame in pixels; 0 for others.</param>
/// <param name="Height">Height of a key frame in pixels; 0 for others.</param>
internal readonly record struct Vp9Header(bool IsStart, int Width, int Height)
{
    private const uint SyncCode = 0x498342;
    private const uint Rgb = 7;

    /// <summary>Reads the uncompressed header; false where the bytes are none.</summary>
    public static bool TryParse(ReadOnlySpan<byte> packet, out Vp9Header header)
    {
        header = default;
        BitReader bits = new(packet);
        uint marker = bits.Bits(2);
        uint profile = bits.Bits(1) | (bits.Bits(1) << 1);
        bits.Skip(profile == 3 ? 1 : 0);
        bool showsExisting = bits.Flag();
        bool isPredicted = showsExisting || bits.Flag();
        if (marker != 2 || bits.IsPastEnd)
        {
            return false;
        }

        if (isPredicted)
        {
            return true;
        }

        bool isShown = bits.Flag();
        bits.Skip(1);
        if (bits.Bits(24) != SyncCode)
        {
            return false;
        }

        bits.Skip(profile >= 2 ? 1 : 0);
        if (bits.Bits(3) != Rgb)
        {
            bits.Skip((profile & 1) == 1 ? 4 : 1);
        }
        else
        {
            bits.Skip((profile & 1) == 1 ? 1 : 0);
        }

        header = new Vp9Header(isShown, (int)bits.Bits(16) + 1, (int)bits.Bits(16) + 1);
        return !bits.IsPastEnd;
    }

    /// <summary>Whether a packet shows exactly one picture: its frames are counted by the index at its end.</summary>
    public static bool ShowsOnePicture(ReadOnlySpan<byte> packet)
    {
        if (packet.IsEmpty)
        {
            return false;
        }

        int marker = packet[^1];
        int frames = (marker & 7) + 1;
        int sizeBytes = ((marker >> 3) & 3) + 1;
        int indexBytes = 2 + (frames * sizeBytes);
        if ((marker & 0xE0) != 0xC0 || packet.Length < indexBytes || packet[^indexBytes] != marker)
        {
            return IsShown(packet);
        }

        int shown = 0;
        ReadOnlySpan<byte> sizes = packet[^(indexBytes - 1)..];
        ReadOnlySpan<byte> rest = packet[..^indexBytes];
        for (int frame = 0; frame < frames; frame++)
        {
            int size = 0;
            for (int i = 0; i < sizeBytes; i++)
            {
                size |= sizes[(frame * sizeBytes) + i] << (8 * i);
            }

            size = Math.Clamp(size, 0, rest.Length);
            shown += size > 0 && IsShown(rest[..size]) ? 1 : 0;
            rest = rest[size..];
        }

        return shown == 1;
    }

    private static bool IsShown(ReadOnlySpan<byte> frame)
    {
        BitReader bits = new(frame);
        bits.Skip(2);
        uint profile = bits.Bits(1) | (bits.Bits(1) << 1);
        bits.Skip(profile == 3 ? 1 : 0);
        bool showsExisting = bits.Flag();
        bits.Skip(1);
        return showsExisting || bits.Flag();
    }
}
