namespace Avion.Compute;

/// <summary>Two pieces of work that do not depend on each other as one: workers wait for the end of both, and not of each.</summary>
/// <remarks>The chunks of each are spread evenly among those of the other, so that every worker's share has its part of both.</remarks>
/// <param name="first">One piece.</param>
/// <param name="firstCount">Its chunks.</param>
/// <param name="second">The other.</param>
/// <param name="secondCount">Its chunks.</param>
internal readonly struct JointWork<TFirst, TSecond>(in TFirst first, int firstCount, in TSecond second, int secondCount) : IParallelWork
    where TFirst : struct, IParallelWork
    where TSecond : struct, IParallelWork
{
    private readonly TFirst _first = first;
    private readonly TSecond _second = second;
    private readonly int _firstCount = firstCount;

    /// <summary>Chunks of both.</summary>
    public int ChunkCount { get; } = firstCount + secondCount;

    public void Execute(int chunk, int worker)
    {
        (int before, int after) = Chunks.Range(chunk, ChunkCount, _firstCount);
        if (after > before)
        {
            _first.Execute(before, worker);
        }
        else
        {
            _second.Execute(chunk - before, worker);
        }
    }
}
