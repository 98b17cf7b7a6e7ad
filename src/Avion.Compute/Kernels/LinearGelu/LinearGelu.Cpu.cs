using System;

namespace Avion.Compute;

public static partial class LinearGelu
{
    internal static unsafe void CpuForward(CpuDevice cpu, float* x, float* weight, float* bias, int n, int outputs, int inputs, GeluKind kind,
        float* y, float* derivative)
    {
        MatrixOperands operands = new()
        {
            TransposeB = true, M = n, N = outputs, K = inputs, A = x, B = weight, C = y,
            StrideA = inputs, StrideB = inputs, StrideC = outputs,
        };
        Epilogue epilogue = new() { Bias = bias, Kind = kind, Columns = outputs, Y = y, Derivative = derivative };
        MatrixProduct.Run(cpu, operands, ref epilogue);
    }

    internal static unsafe void CpuBackward(WorkerPool workers, float* dy, float* derivative, int rows, int columns, float* partials, float* dbias)
    {
        BackwardWork work = new()
        {
            Dy = dy, Derivative = derivative, Rows = rows, Columns = columns, Partials = partials, ChunkCount = RowChunks.Count(rows),
        };
        workers.Run(work.ChunkCount, ref work);
        if (dbias != null)
        {
            ColumnSum.CpuAddPartials(partials, work.ChunkCount, columns, dbias);
        }
    }

    /// <summary>One row: du over s, and the row's share of db.</summary>
    private static unsafe void BackwardRow<TVector>(float* dy, float* derivative, int columns, float* sums)
        where TVector : struct, IFloatVector<TVector>
    {
        int d = 0;
        for (; d <= columns - TVector.Width; d += TVector.Width)
        {
            TVector du = TVector.Load(dy + d) * TVector.Load(derivative + d);
            du.Store(derivative + d);
            (TVector.Load(sums + d) + du).Store(sums + d);
        }

        for (; d < columns; d++)
        {
            derivative[d] *= dy[d];
            sums[d] += derivative[d];
        }
    }

    /// <summary>Adds the bias to a tile of u and applies GELU, row by row, while the tile is in the cache.</summary>
    private unsafe struct Epilogue : ITileEpilogue
    {
        public float* Bias, Y, Derivative;
        public GeluKind Kind;
        public int Columns;

        public readonly void Apply(int firstRow, int rowCount, int firstColumn, int columnCount)
        {
            for (int n = firstRow; n < firstRow + rowCount; n++)
            {
                long at = ((long)n * Columns) + firstColumn;
                Gelu.CpuRange(Y + at, Bias == null ? null : Bias + firstColumn, columnCount, Kind, Y + at,
                    Derivative == null ? null : Derivative + at);
            }
        }
    }

    private unsafe struct BackwardWork : IParallelWork
    {
        public float* Dy, Derivative, Partials;
        public int Rows, Columns, ChunkCount;

        public readonly void Execute(int chunk, int worker)
        {
            switch (VectorWidth.Bits)
            {
                case 512: RowsOf<FloatVector512>(chunk); break;
                case 256: RowsOf<FloatVector256>(chunk); break;
                case 128: RowsOf<FloatVector128>(chunk); break;
                default: RowsOf<FloatScalar>(chunk); break;
            }
        }

        private readonly void RowsOf<TVector>(int chunk) where TVector : struct, IFloatVector<TVector>
        {
            float* sums = Partials + ((long)chunk * Columns);
            new Span<float>(sums, Columns).Clear();
            (int first, int end) = Chunks.Range(chunk, ChunkCount, Rows);
            for (int n = first; n < end; n++)
            {
                long row = (long)n * Columns;
                BackwardRow<TVector>(Dy + row, Derivative + row, Columns, sums);
            }
        }
    }
}
