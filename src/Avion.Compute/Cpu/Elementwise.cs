namespace Avion.Compute;

/// <summary>Work that does every element of flat memory by itself; a struct with the addresses and constants.</summary>
internal interface IElementwiseWork
{
    /// <summary>Does <paramref name="count"/> elements from <paramref name="first"/> on; the last may fill no vector.</summary>
    void Execute<TVector>(long first, long count) where TVector : struct, IFloatVector<TVector>;
}

/// <summary>Cuts elementwise work into chunks of equal length.</summary>
internal static class Elementwise
{
    // Large enough that a chunk outweighs handing it out, small enough to share a residual stream between all cores.
    private const int ChunkElements = 16 * 1024;

    /// <summary>Does all elements and returns when the last is done.</summary>
    public static void Run<TWork>(WorkerPool workers, long count, in TWork work) where TWork : struct, IElementwiseWork =>
        workers.RunAtWidth((int)((count + ChunkElements - 1) / ChunkElements), new Chunk<TWork> { Work = work, Count = count });

    private struct Chunk<TWork> : IVectorWork where TWork : struct, IElementwiseWork
    {
        public TWork Work;
        public long Count;

        public void Execute<TVector>(int chunk, int worker) where TVector : struct, IFloatVector<TVector>
        {
            long first = (long)chunk * ChunkElements;
            Work.Execute<TVector>(first, Math.Min(ChunkElements, Count - first));
        }
    }
}
