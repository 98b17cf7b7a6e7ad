namespace Avion.Compute;

public static partial class ColumnScale
{
    private const int RowsPerChunk = 64;

    // Each block of columns walks all rows in order, whatever the number of threads.
    private const int ColumnsPerChunk = 64;

    private static unsafe void CpuForward<T>(CpuDevice cpu, Tensor x, Tensor scale, Tensor y) where T : unmanaged
    {
        ForwardWork<T> work = new()
        {
            X = x.Pointer<T>(), Scale = scale.Pointer<T>(), Y = y.Pointer<T>(), Rows = x.Shape.Rows, Columns = x.Shape.Columns,
        };
        work.ChunkCount = (work.Rows + RowsPerChunk - 1) / RowsPerChunk;
        cpu.Workers.RunAtWidth(work.ChunkCount, work);
    }

    private static unsafe void CpuBackward<T>(CpuDevice cpu, Tensor dy, Tensor x, Tensor scale, Tensor dscale, bool accumulates, Tensor dx)
        where T : unmanaged
    {
        BackwardWork<T> work = new()
        {
            Dy = dy.Pointer<T>(), X = x.Pointer<T>(), Scale = scale.Pointer<T>(), Rows = x.Shape.Rows, Columns = x.Shape.Columns,
            Dscale = dscale.Pointer<float>(), Dx = dx.Pointer<T>(), Accumulates = accumulates,
        };
        work.ChunkCount = (work.Columns + ColumnsPerChunk - 1) / ColumnsPerChunk;
        cpu.Workers.RunAtWidth(work.ChunkCount, work);
    }

    private static unsafe void Multiply<TVector, T>(T* x, T* scale, int count, T* y)
        where TVector : struct, IFloatVector<TVector>
        where T : unmanaged
    {
        int d = 0;
        for (; d <= count - TVector.Width; d += TVector.Width)
        {
            (TVector.Load(x + d) * TVector.Load(scale + d)).Store(y + d);
        }

        for (; d < count; d++)
        {
            (FloatScalar.Load(x + d) * FloatScalar.Load(scale + d)).Store(y + d);
        }
    }

    // target += a · b
    private static unsafe void MultiplyAdd<TVector, T, TTarget>(T* a, T* b, int count, TTarget* target)
        where TVector : struct, IFloatVector<TVector>
        where T : unmanaged
        where TTarget : unmanaged
    {
        int d = 0;
        for (; d <= count - TVector.Width; d += TVector.Width)
        {
            TVector.MultiplyAdd(TVector.Load(a + d), TVector.Load(b + d), TVector.Load(target + d)).Store(target + d);
        }

        for (; d < count; d++)
        {
            FloatScalar.MultiplyAdd(FloatScalar.Load(a + d), FloatScalar.Load(b + d), FloatScalar.Load(target + d)).Store(target + d);
        }
    }

    private unsafe struct ForwardWork<T> : IVectorWork where T : unmanaged
    {
        public T* X, Scale, Y;
        public int Rows, Columns, ChunkCount;

        public readonly void Execute<TVector>(int chunk, int worker) where TVector : struct, IFloatVector<TVector>
        {
            (int first, int end) = Chunks.Range(chunk, ChunkCount, Rows);
            for (int n = first; n < end; n++)
            {
                long row = (long)n * Columns;
                Multiply<TVector, T>(X + row, Scale, Columns, Y + row);
            }
        }
    }

    private unsafe struct BackwardWork<T> : IVectorWork where T : unmanaged
    {
        public T* Dy, X, Scale, Dx;
        public float* Dscale;
        public int Rows, Columns, ChunkCount;
        public bool Accumulates;

        public readonly void Execute<TVector>(int chunk, int worker) where TVector : struct, IFloatVector<TVector>
        {
            (int first, int end) = Chunks.Range(chunk, ChunkCount, Columns);
            for (int n = 0; n < Rows; n++)
            {
                long at = ((long)n * Columns) + first;
                if (Dscale != null)
                {
                    MultiplyAdd<TVector, T, float>(Dy + at, X + at, end - first, Dscale + first);
                }

                if (Dx != null && Accumulates)
                {
                    MultiplyAdd<TVector, T, T>(Dy + at, Scale + first, end - first, Dx + at);
                }
                else if (Dx != null)
                {
                    Multiply<TVector, T>(Dy + at, Scale + first, end - first, Dx + at);
                }
            }
        }
    }
}
