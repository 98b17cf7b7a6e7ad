namespace Avion.Compute;

public static partial class RowNormalization
{
    private const int RowsPerChunk = 16;

    private static unsafe void CpuForward<T>(CpuDevice cpu, Tensor x, Tensor y, Tensor inverseNorms) where T : unmanaged
    {
        ForwardWork<T> work = new()
        {
            X = x.Pointer<T>(), Rows = x.Shape.Rows, Columns = x.Shape.Columns, Y = y.Pointer<T>(),
            InverseNorms = inverseNorms.Pointer<float>(),
        };
        cpu.Workers.Run((work.Rows + RowsPerChunk - 1) / RowsPerChunk, ref work);
    }

    private static unsafe void CpuBackward<T>(CpuDevice cpu, Tensor dy, Tensor y, Tensor inverseNorms, bool accumulate, Tensor dx)
        where T : unmanaged
    {
        BackwardWork<T> work = new()
        {
            Dy = dy.Pointer<T>(), Y = y.Pointer<T>(), InverseNorms = inverseNorms.Pointer<float>(), Rows = y.Shape.Rows,
            Columns = y.Shape.Columns, Accumulate = accumulate, Dx = dx.Pointer<T>(),
        };
        cpu.Workers.RunAtWidth((work.Rows + RowsPerChunk - 1) / RowsPerChunk, work);
    }

    /// <summary>dx = scale · dy + along · y, or dx += that, each number rounded once as it is stored.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void BackwardLanes<TVector, T>(T* dy, T* y, float scale, float along, bool accumulate, T* dx)
        where TVector : struct, IFloatVector<TVector>
        where T : unmanaged
    {
        TVector value = TVector.Load(dy) * TVector.Create(scale);
        value = accumulate ? TVector.Load(dx) + value : value;
        (value + (TVector.Load(y) * TVector.Create(along))).Store(dx);
    }

    private unsafe struct ForwardWork<T> : IParallelWork where T : unmanaged
    {
        public T* X, Y;
        public float* InverseNorms;
        public int Rows, Columns;

        public readonly void Execute(int chunk, int worker)
        {
            int end = Math.Min(Rows, (chunk + 1) * RowsPerChunk);
            for (int n = chunk * RowsPerChunk; n < end; n++)
            {
                T* row = X + ((long)n * Columns);
                InverseNorms[n] = 1 / MathF.Max(MathF.Sqrt(RowArithmetic.Dot(row, row, Columns)), SmallestNorm);
                RowArithmetic.Scale(row, InverseNorms[n], Columns, accumulate: false, Y + ((long)n * Columns));
            }
        }
    }

    private unsafe struct BackwardWork<T> : IVectorWork where T : unmanaged
    {
        public T* Dy, Y, Dx;
        public float* InverseNorms;
        public int Rows, Columns;
        public bool Accumulate;

        public readonly void Execute<TVector>(int chunk, int worker) where TVector : struct, IFloatVector<TVector>
        {
            int end = Math.Min(Rows, (chunk + 1) * RowsPerChunk);
            for (int n = chunk * RowsPerChunk; n < end; n++)
            {
                T* dy = Dy + ((long)n * Columns), y = Y + ((long)n * Columns), dx = Dx + ((long)n * Columns);
                float scale = InverseNorms[n];
                if (!(scale < 1 / SmallestNorm))
                {
                    RowArithmetic.Scale(dy, scale, Columns, Accumulate, dx);
                    continue;
                }

                float along = -scale * RowArithmetic.Dot(y, dy, Columns);
                int d = 0;
                for (; d <= Columns - TVector.Width; d += TVector.Width)
                {
                    BackwardLanes<TVector, T>(dy + d, y + d, scale, along, Accumulate, dx + d);
                }

                for (; d < Columns; d++)
                {
                    BackwardLanes<FloatScalar, T>(dy + d, y + d, scale, along, Accumulate, dx + d);
                }
            }
        }
    }
}
