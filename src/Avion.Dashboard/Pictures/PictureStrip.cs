namespace Avion.Dashboard;

/// <summary>Pictures of one size side by side, from left to right, in one row or several, as one PNG.</summary>
public static class PictureStrip
{
    private const int Channels = 3, AllChannels = 4;

    /// <summary>Encodes a strip.</summary>
    /// <param name="pictures">Red, green, blue bytes, [count, height, width, 3].</param>
    /// <param name="count">How many pictures there are.</param>
    /// <param name="width">Columns of each.</param>
    /// <param name="height">Rows of each.</param>
    /// <param name="gap">Transparent columns, and rows, between two, through which the page is seen.</param>
    /// <param name="rows">Rows of pictures; divides the count.</param>
    /// <exception cref="ArgumentException">The bytes do not fill the pictures exactly.</exception>
    public static byte[] Encode(ReadOnlySpan<byte> pictures, int count, int width, int height, int gap = 0, int rows = 1)
    {
        if (pictures.Length != count * height * width * Channels)
        {
            throw new ArgumentException($"PictureStrip.Encode: got {pictures.Length} bytes, expected {count} x {height} x {width} x {Channels}.",
                nameof(pictures));
        }

        int inRow = count / rows, channels = gap > 0 ? AllChannels : Channels;
        int stripWidth = (inRow * width) + ((inRow - 1) * gap), stripHeight = (rows * height) + ((rows - 1) * gap);
        byte[] strip = new byte[stripWidth * stripHeight * channels];
        for (int line = 0; line < count * height; line++)
        {
            (int picture, int y) = Math.DivRem(line, height);
            (int row, int column) = Math.DivRem(picture, inRow);
            ReadOnlySpan<byte> source = pictures.Slice(line * width * Channels, width * Channels);
            Span<byte> target = strip.AsSpan(
                ((((row * (height + gap)) + y) * stripWidth) + (column * (width + gap))) * channels, width * channels);
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

        return PngWriter.Encode(strip, stripWidth, stripHeight, hasAlpha: gap > 0);
    }
}
