namespace Avion.Compute;

public static partial class RowNormalization
{
    private const int RowsPerChunk = 16;

    internal static unsafe void CpuForward(WorkerPool workers, float* x, int rows, int columns, float* y, float* inverseNorms)
    {
        ForwardWork work = new() { X = x, Rows = rows, Columns = columns, Y = y, InverseNorms = inverseNorms };
        workers.Run((rows + RowsPerChunk - 1) / RowsPerChunk, ref work);
    }

    internal static unsafe void CpuBackward(WorkerPool workers, float* dy, float* y, float* inverseNorms, int rows, int columns,
        bool accumulate, float* dx)
    {
        BackwardWork work = new()
        {
            Dy = dy, Y = y, InverseNorms = inverseNorms, Rows = rows, Columns = columns, Accumulate = accumulate, Dx = dx,
        };
        workers.Run((rows + RowsPerChunk - 1) / RowsPerChunk, ref work);
    }

    private unsafe struct ForwardWork : IParallelWork
    {
        public float* X, Y, InverseNorms;
        public int Rows, Columns;

        public readonly void Execute(int chunk, int worker)
        {
            int end = Math.Min(Rows, (chunk + 1) * RowsPerChunk);
            for (int n = chunk * RowsPerChunk; n < end; n++)
            {
                float* row = X + ((long)n * Columns);
                InverseNorms[n] = 1 / MathF.Max(MathF.Sqrt(RowArithmetic.Dot(row, row, Columns)), SmallestNorm);
                RowArithmetic.Scale(row, InverseNorms[n], Columns, accumulate: false, Y + ((long)n * Columns));
            }
        }
    }

    private unsafe struct BackwardWork : IParallelWork
    {
        public float* Dy, Y, InverseNorms, Dx;
        public int Rows, Columns;
        public bool Accumulate;

        public readonly void Execute(int chunk, int worker)
        {
            int end = Math.Min(Rows, (chunk + 1) * RowsPerChunk);
            for (int n = chunk * RowsPerChunk; n < end; n++)
            {
                long row = (long)n * Columns;
                RowArithmetic.Scale(Dy + row, InverseNorms[n], Columns, Accumulate, Dx + row);
                if (InverseNorms[n] < 1 / SmallestNorm)
                {
                    float along = RowArithmetic.Dot(Y + row, Dy + row, Columns);
                    RowArithmetic.Scale(Y + row, -InverseNorms[n] * along, Columns, accumulate: true, Dx + row);
                }
            }
        }
    }
}
