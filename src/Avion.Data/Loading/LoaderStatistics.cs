namespace Avion.Data;

/// <summary>What a loader has done so far.</summary>
/// <param name="Batches">Batches handed out.</param>
/// <param name="Clips">Clips read, replaced and marked ones included.</param>
/// <param name="Frames">Frames written into batches.</param>
/// <param name="PixelBytes">Bytes written into batches.</param>
/// <param name="BadClips">Clips in handed-out batches that could not be read.</param>
/// <param name="ConsumerWaitSeconds">Time the consumer stood waiting for a batch: zero when data never holds up training.</param>
/// <param name="DecodeSeconds">Time spent making clips, summed over the threads.</param>
/// <param name="IdleSeconds">Time decode threads stood waiting for a free batch, summed over the threads: the head room.</param>
/// <param name="ReadSeconds">What of <paramref name="DecodeSeconds"/> was opening and reading files; 0
/// where sources do not count it.</param>
/// <param name="BytesRead">Bytes that were read from files, whether a disk or the system's memory gave them.</param>
public readonly record struct LoaderStatistics(
    long Batches,
    long Clips,
    long Frames,
    long PixelBytes,
    long BadClips,
    double ConsumerWaitSeconds,
    double DecodeSeconds,
    double IdleSeconds,
    double ReadSeconds,
    long BytesRead);
