namespace Avion.Video.Tests;

/// <summary>
/// Crop, resize and colours of a planar picture in double precision, written from the definition: every output pixel is a weighted mean of
/// all samples of the crop, both directions at once. Slow and plain on purpose.
/// </summary>
internal sealed class DoublePrecision
{
    public required int Width { get; init; }

    public required int Height { get; init; }

    public int ShiftX { get; init; } = 1;

    public int ShiftY { get; init; } = 1;

    /// <summary>Luma position of the first colour sample, in pixels from the picture's edge.</summary>
    public double SiteX { get; init; } = 0.5;

    public double SiteY { get; init; } = 1;

    public double KeyRed { get; init; } = 0.299;

    public double KeyBlue { get; init; } = 0.114;

    public bool FullRange { get; init; }

    public int Bits { get; init; } = 8;

    /// <summary>Samples: (plane, x, y).</summary>
    public required Func<int, int, int, double> Sample { get; init; }

    /// <summary>Red, green and blue of each output pixel, not rounded, clamped to 0 to 255: [H, W, 3].</summary>
    public double[] Convert(CropBox crop, int outputWidth, int outputHeight, bool antialiased, bool flip)
    {
        double[][] planes = new double[3][];
        for (int plane = 0; plane < 3; plane++)
        {
            int shiftX = plane == 0 ? 0 : ShiftX;
            int shiftY = plane == 0 ? 0 : ShiftY;
            double[,] across = Weights(crop.X, crop.Width, outputWidth, shiftX, plane == 0 ? 0.5 : SiteX, antialiased, out int firstX);
            double[,] down = Weights(crop.Y, crop.Height, outputHeight, shiftY, plane == 0 ? 0.5 : SiteY, antialiased, out int firstY);
            planes[plane] = new double[outputWidth * outputHeight];
            for (int y = 0; y < outputHeight; y++)
            {
                for (int x = 0; x < outputWidth; x++)
                {
                    double sum = 0;
                    for (int j = 0; j < down.GetLength(1); j++)
                    {
                        if (down[y, j] == 0)
                        {
                            continue;
                        }

                        for (int i = 0; i < across.GetLength(1); i++)
                        {
                            sum += across[x, i] == 0 ? 0 : down[y, j] * across[x, i] * Sample(plane, firstX + i, firstY + j);
                        }
                    }

                    planes[plane][(y * outputWidth) + x] = sum;
                }
            }
        }

        double[] rgb = new double[3 * outputWidth * outputHeight];
        double most = (1 << Bits) - 1;
        double step = 1 << (Bits - 8);
        for (int y = 0; y < outputHeight; y++)
        {
            for (int x = 0; x < outputWidth; x++)
            {
                int from = (y * outputWidth) + (flip ? outputWidth - 1 - x : x);
                double luma = FullRange ? planes[0][from] / most : ((planes[0][from] / step) - 16) / 219;
                double cb = (planes[1][from] - (128 * step)) / (FullRange ? most : 224 * step);
                double cr = (planes[2][from] - (128 * step)) / (FullRange ? most : 224 * step);
                double red = luma + (2 * (1 - KeyRed) * cr);
                double blue = luma + (2 * (1 - KeyBlue) * cb);
                double green = (luma - (KeyRed * red) - (KeyBlue * blue)) / (1 - KeyRed - KeyBlue);
                int to = 3 * ((y * outputWidth) + x);
                rgb[to] = Math.Clamp(255 * red, 0, 255);
                rgb[to + 1] = Math.Clamp(255 * green, 0, 255);
                rgb[to + 2] = Math.Clamp(255 * blue, 0, 255);
            }
        }

        return rgb;
    }

    private static double[,] Weights(int start, int length, int outputs, int shift, double site, bool antialiased, out int first)
    {
        int spacing = 1 << shift;
        first = start / spacing;
        int count = ((start + length - 1) / spacing) - first + 1;
        double reduction = (double)length / outputs;
        double radius = antialiased ? Math.Max(reduction, spacing) : spacing;
        double[,] weights = new double[outputs, count];
        for (int output = 0; output < outputs; output++)
        {
            double center = start + ((output + 0.5) * reduction);
            double sum = 0;
            for (int i = 0; i < count; i++)
            {
                double distance = Math.Abs(((first + i) * spacing) + site - center);
                weights[output, i] = distance < radius ? 1 - (distance / radius) : 0;
                sum += weights[output, i];
            }

            for (int i = 0; i < count; i++)
            {
                weights[output, i] /= sum;
            }
        }

        return weights;
    }
}
