namespace Avion.Data;

/// <summary>Where a warped frame reads its source: sx = Xx·x + Xy·y + X0, sy = Yx·x + Yy·y + Y0, counted from the centre.</summary>
internal readonly record struct AffineMap(double Xx, double Xy, double X0, double Yx, double Yy, double Y0)
{
    /// <summary>That of an operation on shape.</summary>
    public static AffineMap Of(ClipOperation operation, double amount, int height, int width)
    {
        (double sin, double cos) = Math.SinCos(amount * Math.PI / 180);
        return operation switch
        {
            ClipOperation.Rotate => new AffineMap(cos, -sin, 0, sin, cos, 0),
            ClipOperation.ShearX => new AffineMap(1, amount, amount * height / 2, 0, 1, 0),
            ClipOperation.ShearY => new AffineMap(1, 0, 0, amount, 1, amount * width / 2),
            ClipOperation.TranslateX => new AffineMap(1, 0, amount * width, 0, 1, 0),
            ClipOperation.TranslateY => new AffineMap(1, 0, 0, 0, 1, amount * height),
            _ => throw new ArgumentOutOfRangeException(nameof(operation), operation, "This operation does not change the shape."),
        };
    }
}

/// <summary>Reads every frame of a clip at other places, with linear interpolation.</summary>
/// <remarks>
/// Places and weights are found once and serve all planes. Weights have 15 bits: a result lies within 0.02 of the exact value, before it is
/// rounded.
/// </remarks>
internal static class ClipWarp
{
    /// <summary>What lies outside of a frame: the middle of the range.</summary>
    public const byte Outside = 128;

    private const int WeightBits = 15, Unit = 1 << WeightBits, NumbersOfPixel = 3;

    /// <summary>Warps a clip.</summary>
    public static void Apply(in AffineMap map, ClipPixels clip)
    {
        (int height, int width) = (clip.Height, clip.Width);

        // A frame of the outside value around the source: then every pixel has its four neighbours.
        int stride = width + 2;
        Span<byte> source = clip.Scratch.Bytes(stride * (height + 2));
        Span<int> places = clip.Scratch.Numbers(NumbersOfPixel * height * width);
        FindPlaces(map, height, width, places);
        source.Fill(Outside);
        for (int plane = 0; plane < 3 * clip.FrameCount; plane++)
        {
            Span<byte> target = clip.Plane(plane / 3, plane % 3);
            for (int y = 0; y < height; y++)
            {
                target.Slice(y * width, width).CopyTo(source[(((y + 1) * stride) + 1)..]);
            }

            Interpolate(source, places, stride, target);
        }
    }

    private static void FindPlaces(in AffineMap map, int height, int width, Span<int> places)
    {
        double centreX = (width - 1) / 2.0, centreY = (height - 1) / 2.0;
        int at = 0;
        for (int row = 0; row < height; row++)
        {
            for (int column = 0; column < width; column++, at += NumbersOfPixel)
            {
                double x = column - centreX, y = row - centreY;
                double sourceX = (map.Xx * x) + (map.Xy * y) + map.X0 + centreX, sourceY = (map.Yx * x) + (map.Yy * y) + map.Y0 + centreY;
                bool isInside = sourceX > -1 && sourceX < width && sourceY > -1 && sourceY < height;
                double left = isInside ? Math.Floor(sourceX) : -1, top = isInside ? Math.Floor(sourceY) : -1;
                int across = isInside ? (int)Math.Round((sourceX - left) * Unit) : 0;
                int down = isInside ? (int)Math.Round((sourceY - top) * Unit) : 0;
                places[at] = (((int)top + 1) * (width + 2)) + (int)left + 1;
                (places[at + 1], places[at + 2]) = (across, down);
            }
        }
    }

    private static unsafe void Interpolate(ReadOnlySpan<byte> source, ReadOnlySpan<int> places, int stride, Span<byte> target)
    {
        const int half = 1 << (WeightBits - 1), dropped = 8;
        fixed (byte* corners = source, pixels = target)
        fixed (int* first = places)
        {
            int* place = first;
            for (int i = 0; i < target.Length; i++, place += NumbersOfPixel)
            {
                // The places were found within the source, its border included.
                byte* corner = corners + place[0];
                int across = place[1], down = place[2];

                // The upper and the lower pair keep seven bits behind the point, so that nothing leaves 32 bits.
                int upper = ((corner[0] << WeightBits) + ((corner[1] - corner[0]) * across)) >> dropped;
                int lower = ((corner[stride] << WeightBits) + ((corner[stride + 1] - corner[stride]) * across)) >> dropped;
                int value = ((upper << dropped) + (((lower - upper) * down) >> (WeightBits - dropped))) + half;
                pixels[i] = (byte)(value >> WeightBits);
            }
        }
    }
}
