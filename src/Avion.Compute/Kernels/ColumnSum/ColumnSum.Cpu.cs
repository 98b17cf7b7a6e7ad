namespace Avion.Compute;

public static partial class ColumnSum
{
    /// <summary>Numbers of scratch for a row of sums for each chunk of rows.</summary>
    internal static long CpuPartialCount(int rows, int columns) => (long)RowChunks.Count(rows) * columns;

    private static unsafe void CpuAccumulate<T>(CpuDevice cpu, Tensor x, Tensor y) where T : unmanaged
    {
        int rows = x.Shape.Rows, columns = x.Shape.Columns;
        using ScratchLease scratch = cpu.Scratch.Take(CpuPartialCount(rows, columns));
        Work<T> work = new()
        {
            X = x.Pointer<T>(), Rows = rows, Columns = columns, Partials = scratch.Floats, ChunkCount = RowChunks.Count(rows),
        };
        cpu.Workers.Run(work.ChunkCount, ref work);
        CpuAddPartials(scratch.Floats, work.ChunkCount, columns, y.Pointer<float>());
    }

    /// <summary>Adds the chunks' sums to a result, in the order of the chunks.</summary>
    internal static unsafe void CpuAddPartials(float* partials, int chunkCount, int columns, float* y)
    {
        for (int chunk = 0; chunk < chunkCount; chunk++)
        {
            RowArithmetic.Add(partials + ((long)chunk * columns), y, columns, y);
        }
    }

    private unsafe struct Work<T> : IParallelWork where T : unmanaged
    {
        public T* X;
        public float* Partials;
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
