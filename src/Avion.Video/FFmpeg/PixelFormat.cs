namespace Avion.Video;

/// <summary>Shape of the planes of a decoded frame. Known by FFmpeg's name of the format, because
/// numbers may change and names do not.</summary>
/// <param name="BitDepth">Bits of a sample; above 8 a sample takes two bytes, little-endian.</param>
/// <param name="ChromaShiftX">log2 of the horizontal reduction of the colour planes.</param>
/// <param name="ChromaShiftY">log2 of the vertical reduction of the colour planes.</param>
/// <param name="HasColor">False for a picture of luma alone.</param>
/// <param name="IsFullRange">Whether the format itself says full range (the yuvj formats).</param>
internal readonly record struct PixelFormat(int BitDepth, int ChromaShiftX, int ChromaShiftY, bool HasColor, bool IsFullRange)
{
    public bool IsPlanar420 => HasColor && ChromaShiftX == 1 && ChromaShiftY == 1;

    /// <summary>FFmpeg's name of a format, such as yuv420p10le.</summary>
    public static unsafe string NameOf(int value) => Marshal.PtrToStringUTF8((nint)AvUtil.av_get_pix_fmt_name(value)) ?? $"number {value}";

    /// <summary>False for formats without planes of YUV, such as RGB, palettes and hardware surfaces.</summary>
    public static unsafe bool TryParse(int value, out PixelFormat format)
    {
        format = default;
        byte* address = AvUtil.av_get_pix_fmt_name(value);
        if (address == null)
        {
            return false;
        }

        ReadOnlySpan<byte> name = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(address);
        bool fullRange = false;
        int bits;
        if (name.StartsWith("gray"u8))
        {
            bits = BitsOf(name["gray".Length..]);
            format = new PixelFormat(bits, 0, 0, HasColor: false, IsFullRange: false);
            return bits > 0;
        }

        if (name.StartsWith("yuvj"u8))
        {
            fullRange = true;
            name = name["yuvj".Length..];
        }
        else if (name.StartsWith("yuva"u8))
        {
            // The alpha plane comes last and is not looked at.
            name = name["yuva".Length..];
        }
        else if (name.StartsWith("yuv"u8))
        {
            name = name["yuv".Length..];
        }
        else
        {
            return false;
        }

        if (name.Length < 4 || name[3] != 'p')
        {
            return false;
        }

        bits = BitsOf(name[4..]);
        (int x, int y, bool known) = name[..3] switch
        {
            [(byte)'4', (byte)'2', (byte)'0'] => (1, 1, true),
            [(byte)'4', (byte)'2', (byte)'2'] => (1, 0, true),
            [(byte)'4', (byte)'4', (byte)'4'] => (0, 0, true),
            [(byte)'4', (byte)'4', (byte)'0'] => (0, 1, true),
            [(byte)'4', (byte)'1', (byte)'1'] => (2, 0, true),
            [(byte)'4', (byte)'1', (byte)'0'] => (2, 2, true),
            _ => (0, 0, false),
        };
        format = new PixelFormat(bits, x, y, HasColor: true, fullRange);
        return known && bits > 0;
    }

    private static int BitsOf(ReadOnlySpan<byte> suffix)
    {
        if (suffix.IsEmpty)
        {
            return 8;
        }

        int bits = 0;
        int i = 0;
        for (; i < suffix.Length && suffix[i] is >= (byte)'0' and <= (byte)'9'; i++)
        {
            bits = (bits * 10) + suffix[i] - '0';
        }

        return suffix[i..].SequenceEqual("le"u8) && bits is > 8 and <= 16 ? bits : 0;
    }
}
