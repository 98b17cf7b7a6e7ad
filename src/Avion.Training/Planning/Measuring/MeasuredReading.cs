namespace Avion.Training;

/// <summary>What reading clips took, without steps beside it.</summary>
/// <param name="Threads">Decode threads.</param>
/// <param name="Clips">Clips made in that time.</param>
/// <param name="Seconds">Time from the first batch on, so that what a training does once, such as loading libraries and starting threads,
/// counts for nothing; where there was no other batch, from the opening of the loader on.</param>
/// <param name="MakingSeconds">Time in which threads made clips, summed over the threads.</param>
/// <param name="FileSeconds">What of it was opening and reading files.</param>
/// <param name="FileBytes">Bytes read from files.</param>
/// <param name="StorageBytes">What of them storage delivered, and not the system's memory; null where the system does not tell.</param>
public sealed record MeasuredReading(
    int Threads, long Clips, double Seconds, double MakingSeconds, double FileSeconds, long FileBytes, long? StorageBytes)
{
    /// <summary>Clips made in a second.</summary>
    public double ClipsPerSecond => Clips / Seconds;

    /// <summary>Bytes of files for a clip.</summary>
    public double BytesPerClip => (double)FileBytes / Clips;

    /// <summary>Bytes of files read in a second.</summary>
    public double BytesPerSecond => FileBytes / Seconds;

    /// <summary>Share of the time of making clips that goes into their files, 0 to 1.</summary>
    public double FileShare => MakingSeconds > 0 ? Math.Min(1, FileSeconds / MakingSeconds) : 0;

    /// <summary>Share of the bytes that storage delivered, 0 to 1; null where it is not known.</summary>
    public double? StorageShare => StorageBytes is { } bytes && FileBytes > 0 ? Math.Clamp((double)bytes / FileBytes, 0, 1) : null;

    /// <summary>Reads clips of a training set as a training does, from a position on, and throws them away.</summary>
    /// <param name="feed">Opens the loader; its epochs should not end before the time does.</param>
    /// <param name="start">The first batch.</param>
    /// <param name="seconds">When to stop.</param>
    /// <param name="batches">Batches after which to stop earlier.</param>
    /// <param name="cancellation">Ends the measurement.</param>
    /// <returns>What it took, and the batches that were read; null where not one clip was read in the time.</returns>
    internal static (MeasuredReading Reading, long Batches)? Measure(
        ClipFeed feed, RunPosition start, double seconds, long batches, CancellationToken cancellation)
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        stop.CancelAfter(TimeSpan.FromSeconds(seconds));
        Mark opened = new(System.Diagnostics.Stopwatch.GetTimestamp(), default, StorageReads.Bytes()), first = opened;
        long read = 0;
        using ClipLoader loader = feed.OpenTraining(start);
        try
        {
            for (; read < batches && loader.Next(stop.Token) is { } batch; read++)
            {
                batch.Dispose();
                first = read == 0 ? Now() : first;
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // The time is over: what was read counts.
        }

        Mark end = Now(), from = end.Done.Clips > first.Done.Clips && read > 1 ? first : opened;
        return end.Done.Clips == 0 ? null
            : (new MeasuredReading(loader.ThreadCount, end.Done.Clips - from.Done.Clips,
                System.Diagnostics.Stopwatch.GetElapsedTime(from.Time, end.Time).TotalSeconds,
                end.Done.DecodeSeconds - from.Done.DecodeSeconds, end.Done.ReadSeconds - from.Done.ReadSeconds,
                end.Done.BytesRead - from.Done.BytesRead, end.StorageBytes - from.StorageBytes), read);

        Mark Now() => new(System.Diagnostics.Stopwatch.GetTimestamp(), loader.Statistics, StorageReads.Bytes());
    }

    private readonly record struct Mark(long Time, LoaderStatistics Done, long? StorageBytes);
}
