namespace Avion.Data;

/// <summary>How a stretch of video is cut into windows that follow each other.</summary>
/// <remarks>
/// Window k of a stretch a … b is a + k·S … a + k·S + W, for a length W and a stride S, while it ends by b. Where more than a tenth of a
/// window would be left to none (beside the gaps of S - W between windows), one more follows that ends at b: a last window is as long as
/// the others. A stretch that is shorter than W is one window.
/// </remarks>
/// <param name="LengthSeconds">W; 0 leaves stretches whole.</param>
/// <param name="StrideSeconds">S.</param>
public readonly record struct WindowRule(double LengthSeconds, double StrideSeconds)
{
    // Containers round a video's duration to their clock.
    private const double ClockSeconds = 1e-3;

    // The share of a window that is not worth another one.
    private const double Crumb = 0.1;

    /// <summary>Stretches stay whole.</summary>
    public static WindowRule Whole => default;

    /// <summary>Whether stretches stay whole.</summary>
    public bool IsWhole => LengthSeconds == 0;

    /// <summary>The windows of a stretch, in order.</summary>
    /// <param name="start">a, in seconds.</param>
    /// <param name="end">b, more than a.</param>
    public IEnumerable<ClipSpan> Cut(double start, double end)
    {
        if (IsWhole || end - start <= LengthSeconds + ClockSeconds)
        {
            yield return new ClipSpan(start, end);
            yield break;
        }

        double last = start;
        for (long k = 0; start + (k * StrideSeconds) + LengthSeconds <= end + ClockSeconds; k++)
        {
            double begin = start + (k * StrideSeconds);
            last = Math.Min(begin + LengthSeconds, end);
            yield return new ClipSpan(begin, last);
        }

        double gap = Math.Max(StrideSeconds - LengthSeconds, 0);
        if (end - last - gap > Crumb * LengthSeconds)
        {
            yield return new ClipSpan(end - LengthSeconds, end);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => IsWhole ? "whole"
        : string.Create(CultureInfo.InvariantCulture, $"windows of {LengthSeconds} s every {StrideSeconds} s");
}
