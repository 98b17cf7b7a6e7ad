namespace Avion.Compute;

public static partial class ColumnSum
{
    internal static unsafe void CpuAccumulate(WorkerPool workers, float* x, int rows, int columns, float* partials, float* y)
    {
        Work work = new() { X = x, Rows = rows, Columns = columns, Partials = partials, ChunkCount = RowChunks.Count(rows) };
        workers.Run(work.ChunkCount, ref work);
        CpuAddPartials(partials, work.ChunkCount, columns, y);
    }

    /// <summary>Adds the chunks' sums to a result, in the order of the chunks.</summary>
    internal static unsafe void CpuAddPartials(float* partials, int chunkCount, int columns, float* y)
    {
        for (int chunk = 0; chunk < chunkCount; chunk++)
        {
            RowArithmetic.Add(partials + ((long)chunk * columns), y, columns, y);
        }
    }

    private unsafe struct Work : IParallelWork
    {
        public float* X, Partials;
        public int Rows, Columns, ChunkCount;

        public readonly void Execute(int chunk, int worker)
        {
            float* sums = Partials + ((long)chunk * Columns);
            new Span<float>(sums, Columns).Clear();
            (int first, int end) = Chunks.Range(chunk, ChunkCount, Rows);
            for (int n = first; n < end; n++)
            {
                RowArithmetic.Add(X + ((long)n * Columns), sums, Columns, sums);
            }
        }
    }
}
