namespace Avion.Compute;

public static partial class ColumnBias
{
    private const int RowsPerChunk = 64;

    // Each block of columns walks all rows in order, whatever the number of threads.
    private const int ColumnsPerChunk = 64;

    private static unsafe void CpuForward<T>(CpuDevice cpu, Tensor bias, int firstColumn, Tensor x) where T : unmanaged
    {
        ForwardWork<T> work = new()
        {
            Bias = bias.Pointer<T>(), X = x.Pointer<T>() + firstColumn, Length = (int)bias.Count, Rows = x.Shape.Rows,
            Columns = x.Shape.Columns,
        };
        work.ChunkCount = (work.Rows + RowsPerChunk - 1) / RowsPerChunk;
        cpu.Workers.Run(work.ChunkCount, ref work);
    }

    private static unsafe void CpuBackward<T>(CpuDevice cpu, Tensor dy, int firstColumn, Tensor dbias) where T : unmanaged
    {
        BackwardWork<T> work = new()
        {
            Dy = dy.Pointer<T>() + firstColumn, Dbias = dbias.Pointer<float>(), Length = (int)dbias.Count, Rows = dy.Shape.Rows,
            Columns = dy.Shape.Columns,
        };
        work.ChunkCount = (work.Length + ColumnsPerChunk - 1) / ColumnsPerChunk;
        cpu.Workers.Run(work.ChunkCount, ref work);
    }

    private unsafe struct ForwardWork<T> : IParallelWork where T : unmanaged
    {
        public T* Bias, X;
        public int Length, Rows, Columns, ChunkCount;

        public readonly void Execute(int chunk, int worker)
        {
            (int first, int end) = Chunks.Range(chunk, ChunkCount, Rows);
            for (int n = first; n < end; n++)
            {
                T* row = X + ((long)n * Columns);
                RowArithmetic.Add(Bias, row, Length, row);
            }
        }
    }

    private unsafe struct BackwardWork<T> : IParallelWork where T : unmanaged
    {
        public T* Dy;
        public float* Dbias;
        public int Length, Rows, Columns, ChunkCount;

        public readonly void Execute(int chunk, int worker)
        {
            (int first, int end) = Chunks.Range(chunk, ChunkCount, Length);
            for (int n = 0; n < Rows; n++)
            {
                RowArithmetic.Add(Dy + ((long)n * Columns) + first, Dbias + first, end - first, Dbias + first);
            }
        }
    }
}
