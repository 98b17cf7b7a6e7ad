namespace Avion.Training;

/// <summary>Measures how a training and the threads that make its clips spend their time. Allocates nothing.</summary>
/// <param name="loader">Makes the clips.</param>
internal sealed class LoadMeter(ClipLoader loader)
{
    private LoaderStatistics _start;
    private StepTimes _startTimes;

    /// <summary>Whether a stretch of time was begun.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>Begins a stretch of time.</summary>
    /// <param name="now">The run's clock.</param>
    public void Begin(in StepTimes now)
    {
        (_start, _startTimes, HasBegun) = (loader.Statistics, now, true);
    }

    /// <summary>Ends the stretch of time and begins the next.</summary>
    /// <param name="now">The run's clock.</param>
    public MeasuredLoad Take(in StepTimes now)
    {
        (LoaderStatistics before, StepTimes passed) = (_start, now - _startTimes);
        Begin(now);
        double making = _start.DecodeSeconds - before.DecodeSeconds;

        // A clip counts when it is whole, so that a short stretch may hold more of making clips than it is long.
        double decoding = Math.Clamp(making / (loader.ThreadCount * passed.Elapsed), 0, 1);
        double reading = making > 0 ? decoding * Math.Clamp((_start.ReadSeconds - before.ReadSeconds) / making, 0, 1) : 0;
        return passed.Elapsed > 0
            ? new MeasuredLoad(passed.Elapsed, new LoadShares(Math.Clamp(passed.Waiting / passed.Elapsed, 0, 1), decoding, reading),
                _start.BytesRead - before.BytesRead)
            : default;
    }
}

/// <summary>How a stretch of time was spent.</summary>
/// <param name="Seconds">Its length.</param>
/// <param name="Shares">Shares of it.</param>
/// <param name="FileBytes">Bytes read from files.</param>
internal readonly record struct MeasuredLoad(double Seconds, LoadShares Shares, long FileBytes)
{
    /// <summary>10⁶ bytes of files that were read in a second.</summary>
    public double FileMegabytesPerSecond => Seconds > 0 ? FileBytes / Seconds / 1e6 : 0;
}
