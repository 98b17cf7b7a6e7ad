namespace Avion.Training;

/// <summary>How fast features were made, and what held them up.</summary>
/// <param name="Clips">Clips done, those that could not be read included.</param>
/// <param name="Samples">Samples read: clips times views.</param>
/// <param name="Seconds">From the first clip asked for to the last one done.</param>
/// <param name="WaitSeconds">Time in which the model waited for clips.</param>
/// <param name="ModelSeconds">Time in which the model computed.</param>
/// <param name="ReadSeconds">Time spent reading, summed over the threads.</param>
/// <param name="Threads">Threads that read.</param>
public readonly record struct FeatureStatistics(
    long Clips, long Samples, double Seconds, double WaitSeconds, double ModelSeconds, double ReadSeconds, int Threads)
{
    // Below, waiting is the hand-over of batches.
    private const double NoticedShare = 0.1;

    /// <summary>Clips a second.</summary>
    public double ClipsPerSecond => Rate(Seconds);

    /// <summary>Clips a second that the threads would read if nothing else held them up.</summary>
    public double ReadingClipsPerSecond => Rate(ReadSeconds / Math.Max(Threads, 1));

    /// <summary>Clips a second that the model would do if it never waited.</summary>
    public double ModelClipsPerSecond => Rate(ModelSeconds);

    /// <summary>Whether reading bounds the rate; otherwise the model does.</summary>
    public bool IsBoundByReading => WaitSeconds > NoticedShare * Seconds;

    private double Rate(double seconds) => seconds > 0 ? Clips / seconds : 0;
}
