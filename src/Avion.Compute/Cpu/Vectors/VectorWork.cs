namespace Avion.Compute;

/// <summary>Parallel work that is written once for all vector widths; see <see cref="IParallelWork"/> for what a chunk may do.</summary>
internal interface IVectorWork
{
    /// <summary>Does a chunk on lanes of one width.</summary>
    void Execute<TVector>(int chunk, int worker) where TVector : struct, IFloatVector<TVector>;
}

/// <summary>Runs work at the width of <see cref="VectorWidth"/>.</summary>
internal static class VectorWork
{
    /// <summary>Does all chunks and returns when the last is done.</summary>
    public static void RunAtWidth<TWork>(this WorkerPool workers, int chunkCount, in TWork work) where TWork : struct, IVectorWork
    {
        AtWidth<TWork> atWidth = new() { Work = work };
        workers.Run(chunkCount, ref atWidth);
    }

    private struct AtWidth<TWork> : IParallelWork where TWork : struct, IVectorWork
    {
        public TWork Work;

        public void Execute(int chunk, int worker)
        {
            switch (VectorWidth.Bits)
            {
                case 512: Work.Execute<FloatVector512>(chunk, worker); break;
                case 256: Work.Execute<FloatVector256>(chunk, worker); break;
                case 128: Work.Execute<FloatVector128>(chunk, worker); break;
                default: Work.Execute<FloatScalar>(chunk, worker); break;
            }
        }
    }
}
