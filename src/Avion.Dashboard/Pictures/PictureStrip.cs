namespace Avion.Dashboard;

/// <summary>Pictures of one size side by side, from left to right, as one PNG.</summary>
public static class PictureStrip
{
    private const int Channels = 3;

    /// <summary>Encodes a strip.</summary>
    /// <param name="pictures">Red, green, blue bytes, [count, height, width, 3].</param>
    /// <param name="count">How many pictures there are.</param>
    /// <param name="width">Columns of each.</param>
    /// <param name="height">Rows of each.</param>
    /// <param name="gap">White columns between two.</param>
    /// <exception cref="ArgumentException">The bytes do not fill the pictures exactly.</exception>
    public static byte[] Encode(ReadOnlySpan<byte> pictures, int count, int width, int height, int gap = 0)
    {
        int pictureStride = Channels * width, stripWidth = (count * width) + ((count - 1) * gap), stride = Channels * stripWidth;
        if (pictures.Length != count * height * pictureStride)
        {
            throw new ArgumentException($"PictureStrip.Encode: got {pictures.Length} bytes, expected {count} x {height} x {width} x {Channels}.",
                nameof(pictures));
        }

        byte[] strip = new byte[stride * height];
        Array.Fill(strip, byte.MaxValue);
        for (int row = 0; row < count * height; row++)
        {
            (int picture, int y) = Math.DivRem(row, height);
            pictures.Slice(row * pictureStride, pictureStride).CopyTo(strip.AsSpan((y * stride) + (picture * (pictureStride + (Channels * gap)))));
        }

        return PngWriter.Encode(strip, stripWidth, height);
    }
}
