namespace Avion.Video;

/// <summary>When to give a clip up.</summary>
internal readonly struct Deadline
{
    private readonly long _endTicks;
    private readonly double _seconds;
    private readonly CancellationToken _cancellation;

    /// <param name="seconds">Seconds from now; 0 or less for no limit.</param>
    /// <param name="cancellation">The caller's own wish to stop.</param>
    public Deadline(double seconds, CancellationToken cancellation)
    {
        _seconds = seconds;
        _endTicks = seconds > 0 && seconds < 1e9 ? Stopwatch.GetTimestamp() + (long)(seconds * Stopwatch.Frequency) : long.MaxValue;
        _cancellation = cancellation;
    }

    /// <summary>Throws when the time is over or the caller wants to stop.</summary>
    public void Check(VideoInfo info, double timeSeconds)
    {
        _cancellation.ThrowIfCancellationRequested();
        if (Stopwatch.GetTimestamp() > _endTicks)
        {
            throw new VideoException(
                VideoErrorKind.DeadlineExceeded,
                info.Path,
                $"Gave up reading '{info.Source}' at {timeSeconds:0.000} s: it took longer than {_seconds} s, the deadline for a clip.",
                timeSeconds);
        }
    }

    /// <summary>The same while a file is being indexed, when its frames are not known yet.</summary>
    public void Check(in VideoSource source)
    {
        _cancellation.ThrowIfCancellationRequested();
        if (Stopwatch.GetTimestamp() > _endTicks)
        {
            throw new VideoException(
                VideoErrorKind.DeadlineExceeded, source.Path, $"Gave up indexing '{source}': it took longer than {_seconds} s, "
                    + "the deadline for a clip.");
        }
    }
}
