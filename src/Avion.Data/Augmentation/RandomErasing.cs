namespace Avion.Data;

/// <summary>Fills a box of random area and shape with noise: the same box in all frames, other noise in each pixel.</summary>
/// <remarks>
/// Of a share p of clips. Area = H·W·U[minimum, maximum], aspect r = height / width log-uniform in [r₀, 1 / r₀]; height = round(√(area·r)),
/// width = round(√(area / r)); the first of 100 draws that is smaller than the frame on both sides is placed uniformly. A pixel becomes
/// mean + deviation·N(0, 1) of its channel, rounded and cut to 0 … 255: what the model normalizes to N(0, 1), of which the bytes can hold
/// -2 to 2. VideoMAE's fine-tuning takes p = 0.25, area 0.02 to 1/3, r₀ = 0.3.
/// Source: Zhong et al. 2020, "Random erasing data augmentation" (arXiv:1708.04896).
/// </remarks>
public sealed class RandomErasing : IClipAugmentation
{
    private const int Attempts = 100, NoiseBits = 16;

    private readonly double _probability, _minimumArea, _maximumArea, _logAspect;

    /// <summary>A byte of noise for each number of 16 bits, of each channel.</summary>
    private readonly byte[][] _noise = new byte[3][];

    /// <summary>Sets how often, how much and with what.</summary>
    /// <param name="probability">p.</param>
    /// <param name="mean">Mean of red, green and blue, as the model normalizes.</param>
    /// <param name="deviation">Their standard deviations.</param>
    /// <param name="minimumArea">Smallest area, as a share of the frame.</param>
    /// <param name="maximumArea">Largest area.</param>
    /// <param name="minimumAspect">r₀, 0 to 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is outside of its range.</exception>
    public RandomErasing(double probability, IReadOnlyList<float> mean, IReadOnlyList<float> deviation, double minimumArea = 0.02,
        double maximumArea = 1.0 / 3, double minimumAspect = 0.3)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(probability);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(probability, 1);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(minimumArea);
        ArgumentOutOfRangeException.ThrowIfLessThan(maximumArea, minimumArea);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maximumArea, 1);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(minimumAspect);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minimumAspect, 1);
        (_probability, _minimumArea, _maximumArea, _logAspect) = (probability, minimumArea, maximumArea, -Math.Log(minimumAspect));
        for (int channel = 0; channel < 3; channel++)
        {
            _noise[channel] = Noise(mean[channel], deviation[channel]);
        }
    }

    /// <inheritdoc/>
    public void Apply(in SampleKey key, ClipPixels clip)
    {
        if (!TryDraw(key, clip.Height, clip.Width, out CropBox box))
        {
            return;
        }

        CounterRandom random = key.Open("erasing noise");
        for (int plane = 0; plane < 3 * clip.FrameCount; plane++)
        {
            Span<byte> pixels = clip.Plane(plane / 3, plane % 3);
            ReadOnlySpan<byte> noise = _noise[plane % 3];
            for (int y = box.Y; y < box.Y + box.Height; y++)
            {
                Span<byte> row = pixels.Slice((y * clip.Width) + box.X, box.Width);
                for (int x = 0; x < row.Length; x += 2)
                {
                    uint bits = random.NextUInt32();
                    row[x] = noise[(int)(bits >> NoiseBits)];
                    if (x + 1 < row.Length)
                    {
                        row[x + 1] = noise[(int)(bits & ushort.MaxValue)];
                    }
                }
            }
        }
    }

    /// <summary>The box of a sample; false where nothing is erased.</summary>
    internal bool TryDraw(in SampleKey key, int height, int width, out CropBox box)
    {
        box = default;
        CounterRandom random = key.Open("erasing");
        if (random.NextDouble() >= _probability)
        {
            return false;
        }

        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            double area = height * width * (_minimumArea + ((_maximumArea - _minimumArea) * random.NextDouble()));
            double aspect = Math.Exp(_logAspect * ((2 * random.NextDouble()) - 1));
            int boxHeight = (int)Math.Round(Math.Sqrt(area * aspect)), boxWidth = (int)Math.Round(Math.Sqrt(area / aspect));
            if (boxHeight > 0 && boxHeight < height && boxWidth > 0 && boxWidth < width)
            {
                box = new CropBox(random.Next(width - boxWidth + 1), random.Next(height - boxHeight + 1), boxWidth, boxHeight);
                return true;
            }
        }

        return false;
    }

    /// <summary>Quantiles of the normal distribution as bytes.</summary>
    private static byte[] Noise(double mean, double deviation)
    {
        // The share of numbers that give at most x is the distribution function at x + ½.
        byte[] noise = new byte[1 << NoiseBits];
        int first = 0;
        for (int x = 0; x <= 255; x++)
        {
            int end = x == 255 ? noise.Length
                : (int)Math.Round(noise.Length * NormalDistribution.Share((x + 0.5 - mean) / deviation));
            noise.AsSpan(first, Math.Max(end - first, 0)).Fill((byte)x);
            first = Math.Max(first, end);
        }

        return noise;
    }
}
