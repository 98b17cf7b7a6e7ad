namespace Avion.Data.Tests;

/// <summary>A clip of made-up pixels, and the double-precision truth of operations on it.</summary>
internal sealed class TestClip
{
    private readonly byte[] _pixels;
    private readonly AugmentationScratch _scratch = new();

    /// <summary>Slopes with noise: every operation changes something, and no channel uses the whole range.</summary>
    public TestClip(int frameCount, int height, int width, ulong seed = 3)
    {
        (FrameCount, Height, Width) = (frameCount, height, width);
        _pixels = new byte[frameCount * 3 * height * width];
        CounterRandom random = CounterRandom.For(seed, "test clip");
        for (int i = 0; i < _pixels.Length; i++)
        {
            int x = i % width, y = i / width % height, plane = i / (width * height);
            int slope = ((2 * x) + (3 * y) + (17 * plane)) % 150;
            _pixels[i] = (byte)(20 + slope + random.Next(60));
        }
    }

    private TestClip(TestClip other) => (FrameCount, Height, Width, _pixels) =
        (other.FrameCount, other.Height, other.Width, [.. other._pixels]);

    public int FrameCount { get; }

    public int Height { get; }

    public int Width { get; }

    public byte[] Bytes => _pixels;

    public ClipPixels Pixels => new(_pixels, FrameCount, Height, Width, _scratch);

    public byte this[int frame, int channel, int y, int x] => _pixels[(((((frame * 3) + channel) * Height) + y) * Width) + x];

    public TestClip Copy() => new(this);

    /// <summary>What an operation makes of a pixel, by the formula of its documentation, not rounded.</summary>
    public double Exact(ClipOperation operation, double a, int frame, int channel, int y, int x)
    {
        double pixel = this[frame, channel, y, x];
        double Cut(double value) => Math.Clamp(value, 0, 255);
        return operation switch
        {
            ClipOperation.Brightness => Cut(a * pixel),
            ClipOperation.Contrast => Cut((a * pixel) + ((1 - a) * MeanGray(frame))),
            ClipOperation.Saturation => Cut((a * pixel) + ((1 - a) * Gray(frame, y, x))),
            ClipOperation.Sharpness => x == 0 || y == 0 || x == Width - 1 || y == Height - 1 ? pixel
                : Cut((a * pixel) + ((1 - a) * Blurred(frame, channel, y, x))),
            ClipOperation.AutoContrast => Stretched(frame, channel, pixel),
            ClipOperation.Equalize => Equalized(frame, channel, pixel),
            ClipOperation.Invert => 255 - pixel,
            ClipOperation.Posterize => Math.Floor(pixel / Math.Pow(2, 8 - a)) * Math.Pow(2, 8 - a),
            ClipOperation.Solarize => pixel >= 255 * a ? 255 - pixel : pixel,
            _ => Warped(operation, a, frame, channel, y - ((Height - 1) / 2.0), x - ((Width - 1) / 2.0)),
        };
    }

    private double Gray(int frame, int y, int x) =>
        (0.2989 * this[frame, 0, y, x]) + (0.587 * this[frame, 1, y, x]) + (0.114 * this[frame, 2, y, x]);

    private double MeanGray(int frame) => Places.Average(place => Gray(frame, place.Y, place.X));

    private IEnumerable<(int Y, int X)> Places =>
        from y in Enumerable.Range(0, Height) from x in Enumerable.Range(0, Width) select (y, x);

    private double Blurred(int frame, int channel, int y, int x)
    {
        double sum = 4 * this[frame, channel, y, x];
        for (int i = -1; i <= 1; i++)
        {
            for (int j = -1; j <= 1; j++)
            {
                sum += this[frame, channel, y + i, x + j];
            }
        }

        return sum / 13;
    }

    private byte[] PlaneOf(int frame, int channel) => [.. Places.Select(place => this[frame, channel, place.Y, place.X])];

    private double Stretched(int frame, int channel, double pixel)
    {
        byte[] plane = PlaneOf(frame, channel);
        (double least, double most) = (plane.Min(), plane.Max());
        return least == most ? pixel : 255 * (pixel - least) / (most - least);
    }

    private double Equalized(int frame, int channel, double pixel)
    {
        byte[] plane = PlaneOf(frame, channel);
        int largest = plane.Max(), step = (plane.Length - plane.Count(other => other == largest)) / 255;
        return step == 0 ? pixel : Math.Min(255, (plane.Count(other => other < pixel) + (step / 2)) / step);
    }

    private double Warped(ClipOperation operation, double a, int frame, int channel, double y, double x)
    {
        double angle = a * Math.PI / 180;
        (double sourceX, double sourceY) = operation switch
        {
            ClipOperation.Rotate => ((x * Math.Cos(angle)) - (y * Math.Sin(angle)), (x * Math.Sin(angle)) + (y * Math.Cos(angle))),
            ClipOperation.ShearX => (x + (a * (y + (Height / 2.0))), y),
            ClipOperation.ShearY => (x, y + (a * (x + (Width / 2.0)))),
            ClipOperation.TranslateX => (x + (a * Width), y),
            _ => (x, y + (a * Height)),
        };
        return Interpolated(frame, channel, sourceY + ((Height - 1) / 2.0), sourceX + ((Width - 1) / 2.0));
    }

    private double Interpolated(int frame, int channel, double y, double x)
    {
        double value = 0;
        for (int i = (int)Math.Floor(y); i <= Math.Floor(y) + 1; i++)
        {
            for (int j = (int)Math.Floor(x); j <= Math.Floor(x) + 1; j++)
            {
                double weight = (1 - Math.Abs(y - i)) * (1 - Math.Abs(x - j));
                bool isInside = i >= 0 && i < Height && j >= 0 && j < Width;
                value += weight * (isInside ? this[frame, channel, i, j] : 128);
            }
        }

        return value;
    }
}
