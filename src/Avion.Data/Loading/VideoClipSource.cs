namespace Avion.Data;

/// <summary>Frames from video files, by a <see cref="ClipReader"/> of its own.</summary>
public sealed class VideoClipSource : IClipSource
{
    private static readonly double[] s_standardRates =
        [24000.0 / 1001, 24, 25, 30000.0 / 1001, 30, 48, 50, 60000.0 / 1001, 60, 100, 120000.0 / 1001, 120];

    private readonly ClipReader _reader;

    /// <summary>Opens a reader; a clip that takes longer than <paramref name="deadlineSeconds"/> from one file is given up.</summary>
    /// <exception cref="VideoException">FFmpeg's libraries are absent or of an unknown version.</exception>
    public VideoClipSource(double deadlineSeconds = 60) =>
        _reader = new ClipReader(new ClipReaderOptions { DeadlineSeconds = deadlineSeconds });

    /// <summary>What the reader has done so far.</summary>
    public DecodeCounters Counters => _reader.Counters;

    /// <inheritdoc/>
    public long ReadTicks => _reader.Counters.ReadTicks;

    /// <inheritdoc/>
    public long BytesRead => _reader.Counters.BytesRead;

    /// <inheritdoc/>
    public VideoShape GetShape(in VideoSource video)
    {
        VideoInfo info = _reader.GetInfo(video);
        return new VideoShape(info.Width, info.Height, info.FrameCount, StandardRate(info.FramesPerSecond, info.DurationSeconds));
    }

    /// <inheritdoc/>
    public void Read(
        in VideoSource video,
        ReadOnlySpan<int> frames,
        in FrameTransform transform,
        Span<byte> destination,
        CancellationToken cancellation) =>
        _reader.Read(_reader.GetInfo(video), frames, transform, destination, cancellation);

    public void Dispose() => _reader.Dispose();

    /// <summary>The standard rate, or multiple of 1/1001 or 1/1000, that a measured rate is within rounding of.</summary>
    /// <remarks>
    /// 30, not 29.99999999: which frame a time means must not depend on the last bit of a quotient. Containers round a file's duration
    /// to their clock, by up to a millisecond.
    /// </remarks>
    internal static double StandardRate(double framesPerSecond, double durationSeconds)
    {
        const double quotientRounding = 1e-6, clockSeconds = 1e-3, coarsest = 2e-4;
        double rounding = Math.Min(Math.Max(quotientRounding, clockSeconds / durationSeconds), coarsest);
        foreach (double standard in s_standardRates)
        {
            if (Math.Abs(standard - framesPerSecond) <= rounding * framesPerSecond)
            {
                return standard;
            }
        }

        foreach (double denominator in (ReadOnlySpan<double>)[1001, 1000])
        {
            double multiple = Math.Round(framesPerSecond * denominator) / denominator;
            if (Math.Abs(multiple - framesPerSecond) <= quotientRounding * framesPerSecond)
            {
                return multiple;
            }
        }

        return framesPerSecond;
    }
}
