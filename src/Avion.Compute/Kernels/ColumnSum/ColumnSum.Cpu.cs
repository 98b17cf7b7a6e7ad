namespace Avion.Compute;

public static partial class ColumnSum
{
    /// <summary>Numbers of scratch for a row of sums for each chunk of rows.</summary>
    internal static long CpuPartialCount(int rows, int columns) => (long)RowChunks.Count(rows) * columns;

    internal static unsafe void CpuAccumulate(CpuDevice cpu, float* x, int rows, int columns, float* y)
    {
        using ScratchLease scratch = cpu.Scratch.Take(CpuPartialCount(rows, columns));
        Work work = new() { X = x, Rows = rows, Columns = columns, Partials = scratch.Floats, ChunkCount = RowChunks.Count(rows) };
        cpu.Workers.Run(work.ChunkCount, ref work);
        CpuAddPartials(scratch.Floats, work.ChunkCount, columns, y);
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
