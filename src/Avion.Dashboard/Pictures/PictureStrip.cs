namespace Avion.Dashboard;

/// <summary>Pictures of one size side by side, from left to right, as one PNG.</summary>
public static class PictureStrip
{
    private const int Channels = 3, AllChannels = 4;

    /// <summary>Encodes a strip.</summary>
    /// <param name="pictures">Red, green, blue bytes, [count, height, width, 3].</param>
    /// <param name="count">How many pictures there are.</param>
    /// <param name="width">Columns of each.</param>
    /// <param name="height">Rows of each.</param>
    /// <param name="gap">Transparent columns between two, through which the page is seen.</param>
    /// <exception cref="ArgumentException">The bytes do not fill the pictures exactly.</exception>
    public static byte[] Encode(ReadOnlySpan<byte> pictures, int count, int width, int height, int gap = 0)
    {
        if (pictures.Length != count * height * width * Channels)
        {
            throw new ArgumentException($"PictureStrip.Encode: got {pictures.Length} bytes, expected {count} x {height} x {width} x {Channels}.",
                nameof(pictures));
        }

        int channels = gap > 0 ? AllChannels : Channels, stripWidth = (count * width) + ((count - 1) * gap);
        byte[] strip = new byte[stripWidth * height * channels];
        for (int row = 0; row < count * height; row++)
        {
            (int picture, int y) = Math.DivRem(row, height);
            ReadOnlySpan<byte> source = pictures.Slice(row * width * Channels, width * Channels);
            Span<byte> target = strip.AsSpan(((y * stripWidth) + (picture * (width + gap))) * channels, width * channels);
            if (gap == 0)
            {
                source.CopyTo(target);
                continue;
            }

            for (int x = 0; x < width; x++)
            {
                source.Slice(x * Channels, Channels).CopyTo(target[(x * AllChannels)..]);
                target[(x * AllChannels) + Channels] = byte.MaxValue;
            }
        }

        return PngWriter.Encode(strip, stripWidth, height, hasAlpha: gap > 0);
    }
}
