namespace Avion.Compute;

/// <summary>How long workers had something to do, in ticks of <see cref="System.Diagnostics.Stopwatch"/>, since their pool began to measure.</summary>
/// <param name="BusyTicks">Time within chunks, all workers together.</param>
/// <param name="SharedTicks">Time in which chunks were handed out, from the first to the end of the last.</param>
/// <param name="ChunkCount">Chunks that were done.</param>
public readonly record struct WorkerLoad(long BusyTicks, long SharedTicks, long ChunkCount)
{
    /// <summary>What came since an earlier reading.</summary>
    public WorkerLoad Since(in WorkerLoad earlier) =>
        new(BusyTicks - earlier.BusyTicks, SharedTicks - earlier.SharedTicks, ChunkCount - earlier.ChunkCount);

    /// <summary>Time that workers had nothing to do in a stretch of time, all workers together.</summary>
    /// <remarks>While nothing is shared one of them works, the caller, and the others wait.</remarks>
    /// <param name="ticks">Length of the stretch.</param>
    /// <param name="workerCount">Workers, the caller included.</param>
    public long IdleTicks(long ticks, int workerCount) => Math.Max(0, (workerCount * ticks) - (ticks - SharedTicks) - BusyTicks);
}
