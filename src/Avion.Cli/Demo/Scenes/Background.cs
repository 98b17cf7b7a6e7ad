namespace Avion.Cli;

/// <summary>A textured wall behind the objects: value noise in three sizes over a muted colour,
/// larger than the picture by a margin.</summary>
internal sealed class Background
{
    private const int Channels = 3;
    private readonly float[] _pixels;
    private readonly int _side;
    private readonly int _frameSide;

    public Background(DemoTask task, ref CounterRandom random)
    {
        _frameSide = task.FrameSizePixels;
        Margin = (int)Math.Ceiling(task.ShakePixels.High) + 1;
        _side = _frameSide + 2 * Margin;
        _pixels = new float[_side * _side * Channels];

        double level = new Interval(85, 130).Draw(ref random);
        double swing = task.TextureLevels.Draw(ref random);
        Span<double> tint = [Tint(ref random), Tint(ref random), Tint(ref random)];
        float[] texture = new float[_side * _side];
        AddNoise(texture, _side / 3.0, 0.5, ref random);
        AddNoise(texture, _side / 8.0, 0.3, ref random);
        AddNoise(texture, _side / 20.0, 0.2, ref random);
        for (int pixel = 0; pixel < texture.Length; pixel++)
        {
            for (int channel = 0; channel < Channels; channel++)
            {
                _pixels[pixel * Channels + channel] = (float)(level + tint[channel] + swing * texture[pixel]);
            }
        }
    }

    /// <summary>Pixels beyond the picture on each side, room for the shaking camera.</summary>
    public int Margin { get; }

    /// <summary>Writes the picture seen by a camera displaced by (x, y) pixels, levels 0 to 255, red green blue.</summary>
    public void CopyTo(Span<float> picture, double x, double y)
    {
        int left = (int)Math.Floor(x), top = (int)Math.Floor(y);
        float right = (float)(x - left), bottom = (float)(y - top);
        (float w00, float w10, float w01, float w11) =
            ((1 - right) * (1 - bottom), right * (1 - bottom), (1 - right) * bottom, right * bottom);
        int stride = _side * Channels;
        for (int row = 0; row < _frameSide; row++)
        {
            ReadOnlySpan<float> source = _pixels.AsSpan(((row + Margin + top) * _side + Margin + left) * Channels);
            Span<float> target = picture.Slice(row * _frameSide * Channels, _frameSide * Channels);
            for (int i = 0; i < target.Length; i++)
            {
                target[i] = w00 * source[i] + w10 * source[i + Channels] + w01 * source[i + stride] + w11 * source[i + stride + Channels];
            }
        }
    }

    private static double Tint(ref CounterRandom random) => new Interval(-15, 15).Draw(ref random);

    /// <summary>Adds random values on a grid of the given cell, smoothly interpolated, in ± <paramref name="weight"/>.</summary>
    private void AddNoise(float[] texture, double cell, double weight, ref CounterRandom random)
    {
        int nodes = (int)(_side / cell) + 2;
        double[] grid = new double[nodes * nodes];
        for (int node = 0; node < grid.Length; node++)
        {
            grid[node] = 2 * random.NextDouble() - 1;
        }
        for (int row = 0; row < _side; row++)
        {
            (int top, double down) = Split(row / cell);
            for (int column = 0; column < _side; column++)
            {
                (int left, double across) = Split(column / cell);
                double upper = double.Lerp(grid[top * nodes + left], grid[top * nodes + left + 1], across);
                double lower = double.Lerp(grid[(top + 1) * nodes + left], grid[(top + 1) * nodes + left + 1], across);
                texture[row * _side + column] += (float)(weight * double.Lerp(upper, lower, down));
            }
        }
    }

    private static (int Cell, double Smooth) Split(double position)
    {
        int cell = (int)position;
        double share = position - cell;
        return (cell, share * share * (3 - 2 * share));
    }
}
