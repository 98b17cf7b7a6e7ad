namespace Avion.Compute;

public static partial class ColumnScale
{
    private const int RowsPerChunk = 64;

    // Each block of columns walks all rows in order, whatever the number of threads.
    private const int ColumnsPerChunk = 64;

    internal static unsafe void CpuForward(WorkerPool workers, float* x, float* scale, int rows, int columns, float* y)
    {
        Work work = new() { X = x, Scale = scale, Rows = rows, Columns = columns, Y = y };
        work.ChunkCount = (rows + RowsPerChunk - 1) / RowsPerChunk;
        workers.RunAtWidth(work.ChunkCount, work);
    }

    internal static unsafe void CpuBackward(
        WorkerPool workers, float* dy, float* x, float* scale, int rows, int columns, float* dscale, bool accumulates, float* dx)
    {
        Work work = new() { X = x, Scale = scale, Rows = rows, Columns = columns, Y = dy, ScaleGradient = dscale, Gradient = dx };
        (work.IsBackward, work.Accumulates) = (true, accumulates);
        work.ChunkCount = (columns + ColumnsPerChunk - 1) / ColumnsPerChunk;
        workers.RunAtWidth(work.ChunkCount, work);
    }

    private static unsafe void Multiply<TVector>(float* x, float* scale, int count, float* y) where TVector : struct, IFloatVector<TVector>
    {
        int d = 0;
        for (; d <= count - TVector.Width; d += TVector.Width)
        {
            (TVector.Load(x + d) * TVector.Load(scale + d)).Store(y + d);
        }

        for (; d < count; d++)
        {
            y[d] = x[d] * scale[d];
        }
    }

    // target += a · b
    private static unsafe void MultiplyAdd<TVector>(float* a, float* b, int count, float* target)
        where TVector : struct, IFloatVector<TVector>
    {
        int d = 0;
        for (; d <= count - TVector.Width; d += TVector.Width)
        {
            TVector.MultiplyAdd(TVector.Load(a + d), TVector.Load(b + d), TVector.Load(target + d)).Store(target + d);
        }

        for (; d < count; d++)
        {
            target[d] = FloatScalar.MultiplyAdd(FloatScalar.Create(a[d]), FloatScalar.Create(b[d]), FloatScalar.Create(target[d])).Sum();
        }
    }

    private unsafe struct Work : IVectorWork
    {
        public float* X, Y, Scale, ScaleGradient, Gradient;
        public int Rows, Columns, ChunkCount;
        public bool IsBackward, Accumulates;

        public readonly void Execute<TVector>(int chunk, int worker) where TVector : struct, IFloatVector<TVector>
        {
            (int first, int end) = Chunks.Range(chunk, ChunkCount, IsBackward ? Columns : Rows);
            for (int n = IsBackward ? 0 : first; n < (IsBackward ? Rows : end); n++)
            {
                long row = (long)n * Columns;
                if (!IsBackward)
                {
                    Multiply<TVector>(X + row, Scale, Columns, Y + row);
                    continue;
                }

                if (ScaleGradient != null)
                {
                    MultiplyAdd<TVector>(Y + row + first, X + row + first, end - first, ScaleGradient + first);
                }

                if (Gradient != null && Accumulates)
                {
                    MultiplyAdd<TVector>(Y + row + first, Scale + first, end - first, Gradient + row + first);
                }
                else if (Gradient != null)
                {
                    Multiply<TVector>(Y + row + first, Scale + first, end - first, Gradient + row + first);
                }
            }
        }
    }
}
