namespace Avion.Compute;

public static partial class Rows
{
    private const int GatherRowsPerChunk = 64;

    // Each block of columns walks all rows in order: no two workers touch the same element, and no order depends on timing.
    private const int ScatterColumnsPerChunk = 64;

    internal static unsafe void CpuGather(WorkerPool workers, float* x, int* rows, int rowCount, int columns, bool accumulate, float* y)
    {
        GatherWork work = new() { X = x, Rows = rows, RowCount = rowCount, Columns = columns, Accumulate = accumulate, Y = y };
        work.ChunkCount = (rowCount + GatherRowsPerChunk - 1) / GatherRowsPerChunk;
        workers.Run(work.ChunkCount, ref work);
    }

    internal static unsafe void CpuScatterAdd(WorkerPool workers, float* dy, int* rows, int rowCount, int columns, bool accumulate,
        int targetRowCount, float* dx)
    {
        ScatterAddWork work = new()
        {
            Dy = dy, Rows = rows, RowCount = rowCount, Columns = columns, Accumulate = accumulate, TargetRowCount = targetRowCount, Dx = dx,
        };
        work.ChunkCount = (columns + ScatterColumnsPerChunk - 1) / ScatterColumnsPerChunk;
        workers.Run(work.ChunkCount, ref work);
    }

    private unsafe struct GatherWork : IParallelWork
    {
        public float* X, Y;
        public int* Rows;
        public int RowCount, Columns, ChunkCount;
        public bool Accumulate;

        public readonly void Execute(int chunk, int worker)
        {
            (int first, int end) = Chunks.Range(chunk, ChunkCount, RowCount);
            for (int r = first; r < end; r++)
            {
                RowArithmetic.CopyOrAdd(X + ((long)Rows[r] * Columns), Columns, Accumulate, Y + ((long)r * Columns));
            }
        }
    }

    private unsafe struct ScatterAddWork : IParallelWork
    {
        public float* Dy, Dx;
        public int* Rows;
        public int RowCount, Columns, TargetRowCount, ChunkCount;
        public bool Accumulate;

        public readonly void Execute(int chunk, int worker)
        {
            (int first, int end) = Chunks.Range(chunk, ChunkCount, Columns);
            for (int n = 0; n < TargetRowCount && !Accumulate; n++)
            {
                RowArithmetic.Clear(end - first, Dx + ((long)n * Columns) + first);
            }

            for (int r = 0; r < RowCount; r++)
            {
                float* target = Dx + ((long)Rows[r] * Columns) + first;
                RowArithmetic.Add(Dy + ((long)r * Columns) + first, target, end - first, target);
            }
        }
    }
}
