namespace Avion.Video;

/// <summary>
/// Taps and weights that bring one direction of a cropped plane to the output's size. With c the output's centre, p the position of a
/// sample (both in luma pixels) and r the filter's half width, weight ∝ max(0, 1 − |p − c| / r), normalised over the samples inside the
/// crop: what lies outside is never seen, as if the crop had come first. r is the distance of samples for plain bilinear, and at least the
/// reduction for antialiased. Every output has the same number of taps, some of weight 0, so that inner loops have a fixed length.
/// </summary>
internal sealed class ResampleTable
{
    /// <summary>1.0 in the weights' fixed point (Q15).</summary>
    public const int One = 1 << 15;

    private Key _key;
    private double[] _exact = [];

    /// <summary>First sample of each output, counted from <see cref="FirstSample"/>.</summary>
    public int[] Starts { get; private set; } = [];

    /// <summary>Weights in Q15, <see cref="TapCount"/> an output. They sum to 1, or to 32767/32768 where a single one would be 1.</summary>
    public short[] Weights { get; private set; } = [];

    /// <summary>The same weights in floating point.</summary>
    public float[] FloatWeights { get; private set; } = [];

    public int TapCount { get; private set; }

    /// <summary>First sample of the plane that the crop covers.</summary>
    public int FirstSample { get; private set; }

    /// <summary>Number of samples that the crop covers.</summary>
    public int SampleCount { get; private set; }

    /// <summary>Number of outputs.</summary>
    public int OutputCount => _key.OutputLength;

    /// <summary>What determines a table.</summary>
    /// <param name="CropStart">First luma pixel of the crop.</param>
    /// <param name="CropLength">Luma pixels of the crop.</param>
    /// <param name="OutputLength">Pixels of the output.</param>
    /// <param name="Shift">log2 of the plane's reduction against luma.</param>
    /// <param name="Site">Position of the plane's first sample in luma pixels, where 0.5 is the centre of the first luma pixel.</param>
    /// <param name="Antialiased">Whether the filter widens with the reduction.</param>
    /// <param name="Flip">Whether outputs run backwards.</param>
    public readonly record struct Key(int CropStart, int CropLength, int OutputLength, int Shift, double Site, bool Antialiased, bool Flip);

    /// <summary>Makes the table for a key, unless it holds it already.</summary>
    public void Make(in Key key)
    {
        if (_key == key)
        {
            return;
        }

        _key = key;
        int spacing = 1 << key.Shift;
        double scale = (double)key.CropLength / key.OutputLength;
        double radius = key.Antialiased ? Math.Max(scale, spacing) : spacing;
        FirstSample = key.CropStart >> key.Shift;
        SampleCount = ((key.CropStart + key.CropLength - 1) >> key.Shift) - FirstSample + 1;
        TapCount = Math.Min(SampleCount, (int)Math.Ceiling(2 * radius / spacing));
        Reserve(key.OutputLength);
        for (int output = 0; output < key.OutputLength; output++)
        {
            double center = key.CropStart + ((output + 0.5) * scale);
            int place = key.Flip ? key.OutputLength - 1 - output : output;
            Fill(place, center, radius, spacing, key.Site);
        }
    }

    private void Reserve(int outputs)
    {
        if (Starts.Length < outputs)
        {
            Starts = new int[outputs];
        }

        if (Weights.Length < outputs * TapCount)
        {
            Weights = new short[outputs * TapCount];
            FloatWeights = new float[outputs * TapCount];
        }

        if (_exact.Length < TapCount)
        {
            _exact = new double[TapCount];
        }
    }

    private void Fill(int output, double center, double radius, int spacing, double site)
    {
        // The first sample whose distance to the centre is below the radius, moved so that all taps lie inside the crop.
        int first = (int)Math.Floor((center - radius - site) / spacing) + 1 - FirstSample;
        first = Math.Clamp(first, 0, SampleCount - TapCount);
        double sum = 0;
        for (int tap = 0; tap < TapCount; tap++)
        {
            double position = ((FirstSample + first + tap) * spacing) + site;
            _exact[tap] = Math.Max(0, 1 - (Math.Abs(position - center) / radius));
            sum += _exact[tap];
        }

        if (sum == 0)
        {
            // Can only happen when the crop is narrower than one sample: take that sample.
            _exact[0] = sum = 1;
        }

        Starts[output] = first;
        int total = 0;
        int largest = 0;
        Span<short> weights = Weights.AsSpan(output * TapCount, TapCount);
        for (int tap = 0; tap < TapCount; tap++)
        {
            FloatWeights[(output * TapCount) + tap] = (float)(_exact[tap] / sum);
            int rounded = (int)Math.Round(_exact[tap] / sum * One);
            weights[tap] = (short)Math.Min(rounded, short.MaxValue);
            total += weights[tap];
            largest = weights[tap] > weights[largest] ? tap : largest;
        }

        weights[largest] = (short)Math.Min(weights[largest] + One - total, short.MaxValue);
    }
}
