namespace Avion.Dashboard;

/// <summary>Pictures of one size side by side, from left to right, in one row or several, as one picture.</summary>
public sealed class PictureStrip
{
    private const int Channels = 3, AllChannels = 4;

    /// <summary>What lies between pictures where nothing can be seen through: neither the page's light nor its dark paper.</summary>
    private const byte Grey = 128;

    private readonly byte[] _pixels;
    private readonly bool _hasGaps;

    private PictureStrip(byte[] pixels, int width, int height, bool hasGaps) =>
        (_pixels, Width, Height, _hasGaps) = (pixels, width, height, hasGaps);

    /// <summary>Columns.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>Lays pictures side by side.</summary>
    /// <param name="pictures">Red, green, blue bytes, [count, height, width, 3].</param>
    /// <param name="count">How many pictures there are.</param>
    /// <param name="width">Columns of each.</param>
    /// <param name="height">Rows of each.</param>
    /// <param name="gap">Columns, and rows, between two.</param>
    /// <param name="rows">Rows of pictures; divides the count.</param>
    /// <exception cref="ArgumentException">The bytes do not fill the pictures exactly.</exception>
    public static PictureStrip Of(ReadOnlySpan<byte> pictures, int count, int width, int height, int gap = 0, int rows = 1)
    {
        if (pictures.Length != count * height * width * Channels)
        {
            throw new ArgumentException($"PictureStrip.Of: got {pictures.Length} bytes, expected " +
                $"{count} x {height} x {width} x {Channels}.",
                nameof(pictures));
        }

        int inRow = count / rows;
        int stripWidth = (inRow * width) + ((inRow - 1) * gap), stripHeight = (rows * height) + ((rows - 1) * gap);
        byte[] strip = new byte[stripWidth * stripHeight * AllChannels];
        for (int line = 0; line < count * height; line++)
        {
            (int picture, int y) = Math.DivRem(line, height);
            (int row, int column) = Math.DivRem(picture, inRow);
            ReadOnlySpan<byte> source = pictures.Slice(line * width * Channels, width * Channels);
            Span<byte> target = strip.AsSpan(
                ((((row * (height + gap)) + y) * stripWidth) + (column * (width + gap))) * AllChannels, width * AllChannels);
            for (int x = 0; x < width; x++)
            {
                source.Slice(x * Channels, Channels).CopyTo(target[(x * AllChannels)..]);
                target[(x * AllChannels) + Channels] = byte.MaxValue;
            }
        }

        return new PictureStrip(strip, stripWidth, stripHeight, hasGaps: gap > 0);
    }

    /// <summary>The strip as PNG; the page is seen through the gaps.</summary>
    public byte[] ToPng() => PngWriter.Encode(_hasGaps ? _pixels : ToRgb(), Width, Height, _hasGaps);

    /// <summary>Red, green, blue bytes, [height, width, 3]; the gaps are grey.</summary>
    public byte[] ToRgb()
    {
        byte[] opaque = new byte[Width * Height * Channels];
        for (int i = 0; i < Width * Height; i++)
        {
            ReadOnlySpan<byte> pixel = _pixels.AsSpan(i * AllChannels, AllChannels);
            Span<byte> target = opaque.AsSpan(i * Channels, Channels);
            if (pixel[Channels] == 0)
            {
                target.Fill(Grey);
            }
            else
            {
                pixel[..Channels].CopyTo(target);
            }
        }

        return opaque;
    }
}
