namespace Avion.Compute;

public static partial class ColumnBias
{
    private const int RowsPerChunk = 64;

    // Each block of columns walks all rows in order, whatever the number of threads.
    private const int ColumnsPerChunk = 64;

    internal static unsafe void CpuForward(WorkerPool workers, float* bias, int length, int rows, int columns, float* x)
    {
        Work work = new() { Bias = bias, Length = length, Rows = rows, Columns = columns, X = x };
        work.ChunkCount = (rows + RowsPerChunk - 1) / RowsPerChunk;
        workers.Run(work.ChunkCount, ref work);
    }

    internal static unsafe void CpuBackward(WorkerPool workers, float* dy, int rows, int columns, int length, float* dbias)
    {
        Work work = new() { Bias = dbias, Length = length, Rows = rows, Columns = columns, X = dy, IsBackward = true };
        work.ChunkCount = (length + ColumnsPerChunk - 1) / ColumnsPerChunk;
        workers.Run(work.ChunkCount, ref work);
    }

    private unsafe struct Work : IParallelWork
    {
        public float* Bias, X;
        public int Length, Rows, Columns, ChunkCount;
        public bool IsBackward;

        public readonly void Execute(int chunk, int worker)
        {
            (int first, int end) = Chunks.Range(chunk, ChunkCount, IsBackward ? Length : Rows);
            if (IsBackward)
            {
                for (int n = 0; n < Rows; n++)
                {
                    RowArithmetic.Add(X + ((long)n * Columns) + first, Bias + first, end - first, Bias + first);
                }

                return;
            }

            for (int n = first; n < end; n++)
            {
                float* row = X + ((long)n * Columns);
                RowArithmetic.Add(Bias, row, Length, row);
            }
        }
    }
}
