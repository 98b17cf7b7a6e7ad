namespace Avion.Training;

// Legend: T frames, H and W their height and width, N tokens of a clip.

/// <summary>A clip as it is, what a masked autoencoder saw of it, and what it made of that.</summary>
/// <remarks>
/// Predictions become pixels again by the straight line between the targets of a tubelet's channel and its pixels, pixel = a · target + b.
/// Where targets are normalized by tubelet, a and b are its own deviation and mean: brightness and contrast of a hidden part are then the
/// clip's, its pattern is the model's, as in the pictures of Tong et al. 2022 (arXiv:2203.12602).
/// </remarks>
public sealed class FilledClip
{
    private const int Channels = 3;
    private const byte HiddenGrey = 128;
    private readonly TubeletConfig _tubelets;

    /// <param name="name">The clip's name.</param>
    /// <param name="tubelets">How it is cut.</param>
    /// <param name="pixels">[T, 3, H, W].</param>
    /// <param name="hidden">[N].</param>
    /// <param name="predictions">A row for each hidden token, columns (time, row, column, channel).</param>
    /// <param name="targets">The same, as they should be.</param>
    internal FilledClip(string name, TubeletConfig tubelets, ReadOnlySpan<byte> pixels, ReadOnlySpan<bool> hidden,
        ReadOnlySpan<float> predictions,
        ReadOnlySpan<float> targets)
    {
        (Name, _tubelets) = (name, tubelets);
        Original = Interleave(pixels);
        (Seen, Filled) = ([.. Original], [.. Original]);
        int elements = tubelets.TubeletElements, row = 0;
        for (int token = 0; token < hidden.Length; token++)
        {
            if (hidden[token])
            {
                Fill(token, predictions.Slice(row * elements, elements), targets.Slice(row * elements, elements));
                row++;
            }
        }

        double sum = 0;
        for (int i = 0; i < targets.Length; i++)
        {
            double difference = (double)predictions[i] - targets[i];
            sum += difference * difference;
        }

        Error = sum / targets.Length;
    }

    /// <summary>The clip's name, as its annotations have it.</summary>
    public string Name { get; }

    /// <summary>Mean squared error of the hidden tubelets, as the evaluation takes it.</summary>
    public double Error { get; }

    /// <summary>T.</summary>
    public int FrameCount => _tubelets.FrameCount;

    /// <summary>H and W.</summary>
    public int ImageSize => _tubelets.ImageSize;

    /// <summary>The clip, [T, H, W, 3].</summary>
    public byte[] Original { get; }

    /// <summary>The same with grey in place of what is hidden.</summary>
    public byte[] Seen { get; }

    /// <summary>The same with predictions in place of what is hidden.</summary>
    public byte[] Filled { get; }

    private void Fill(int token, ReadOnlySpan<float> predictions, ReadOnlySpan<float> targets)
    {
        for (int channel = 0; channel < Channels; channel++)
        {
            (double slope, double offset) = LineOf(token, channel, targets);
            for (int pixel = 0; pixel < targets.Length / Channels; pixel++)
            {
                int at = PlaceOf(token, pixel, channel);
                Seen[at] = HiddenGrey;
                Filled[at] = (byte)Math.Clamp(Math.Round((slope * predictions[(pixel * Channels) + channel]) + offset), byte.MinValue,
                    byte.MaxValue);
            }
        }
    }

    /// <summary>Least squares: slope = cov(t, p) / var(t); where all targets are one, the pixels are too.</summary>
    private (double Slope, double Offset) LineOf(int token, int channel, ReadOnlySpan<float> targets)
    {
        int count = targets.Length / Channels;
        double meanTarget = 0, meanPixel = 0, covariance = 0, variance = 0;
        for (int pixel = 0; pixel < count; pixel++)
        {
            meanTarget += targets[(pixel * Channels) + channel] / (double)count;
            meanPixel += Original[PlaceOf(token, pixel, channel)] / (double)count;
        }

        for (int pixel = 0; pixel < count; pixel++)
        {
            double target = targets[(pixel * Channels) + channel] - meanTarget;
            covariance += target * (Original[PlaceOf(token, pixel, channel)] - meanPixel);
            variance += target * target;
        }

        double slope = variance > 0 ? covariance / variance : 0;
        return (slope, meanPixel - (slope * meanTarget));
    }

    /// <summary>Where a pixel of a token lies in [T, H, W, 3].</summary>
    private int PlaceOf(int token, int pixel, int channel)
    {
        int patch = _tubelets.PatchSize, grid = ImageSize / patch;
        (int slot, int cell) = Math.DivRem(token, _tubelets.CellCount);
        (int time, int inPatch) = Math.DivRem(pixel, patch * patch);
        int frame = (slot * _tubelets.TubeletFrames) + time;
        int y = (cell / grid * patch) + (inPatch / patch), x = (cell % grid * patch) + (inPatch % patch);
        return ((((frame * ImageSize) + y) * ImageSize) + x) * Channels + channel;
    }

    private byte[] Interleave(ReadOnlySpan<byte> pixels)
    {
        byte[] interleaved = new byte[pixels.Length];
        int plane = ImageSize * ImageSize;
        for (int i = 0; i < pixels.Length; i++)
        {
            (int frame, int inFrame) = Math.DivRem(i, Channels * plane);
            (int channel, int place) = Math.DivRem(inFrame, plane);
            interleaved[(((frame * plane) + place) * Channels) + channel] = pixels[i];
        }

        return interleaved;
    }
}
