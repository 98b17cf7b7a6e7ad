namespace Avion.Compute;

public static partial class LinearGelu
{
    internal static unsafe void CpuForward(CpuDevice cpu, float* x, float* weight, float* bias, int n, int outputs, int inputs,
        GeluKind kind, float* y, float* u)
    {
        MatrixOperands operands = new()
        {
            TransposeB = true, M = n, N = outputs, K = inputs, A = x, B = weight, C = y,
            StrideA = inputs, StrideB = inputs, StrideC = outputs,
        };
        Epilogue epilogue = new() { Bias = bias, Kind = kind, Columns = outputs, Y = y, U = u };
        MatrixProduct.Run(cpu, operands, ref epilogue);
    }

    internal static unsafe void CpuBackward(CpuDevice cpu, float* dy, GeluKind kind, float* u, int rows, int columns, float* dbias)
    {
        using ScratchLease scratch = cpu.Scratch.Take(ColumnSum.CpuPartialCount(rows, columns));
        BackwardWork work = new()
        {
            Dy = dy, U = u, Kind = kind, Rows = rows, Columns = columns, Partials = scratch.Floats, ChunkCount = RowChunks.Count(rows),
        };
        cpu.Workers.RunAtWidth(work.ChunkCount, work);
        if (dbias != null)
        {
            ColumnSum.CpuAddPartials(scratch.Floats, work.ChunkCount, columns, dbias);
        }
    }

    /// <summary>Part of a row: du over u, and its share of db. A method of its own, because the
    /// compiler inlines only so many calls into one.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static unsafe void BackwardRow<TVector, TFunction>(float* dy, float* u, int count, float* sums)
        where TVector : struct, IFloatVector<TVector>
        where TFunction : struct, IGeluFunction
    {
        for (int d = 0; d < count; d += TVector.Width)
        {
            TFunction.ValueAndDerivative(TVector.Load(u + d), out TVector slope);
            TVector du = TVector.Load(dy + d) * slope;
            du.Store(u + d);
            (TVector.Load(sums + d) + du).Store(sums + d);
        }
    }

    /// <summary>Adds the bias to a tile of u and applies GELU, row by row, while the tile is in the cache.</summary>
    private unsafe struct Epilogue : ITileEpilogue
    {
        public float* Bias, Y, U;
        public GeluKind Kind;
        public int Columns;

        public readonly void Apply(int firstRow, int rowCount, int firstColumn, int columnCount)
        {
            for (int n = firstRow; n < firstRow + rowCount; n++)
            {
                long at = ((long)n * Columns) + firstColumn;
                Gelu.CpuRange(Y + at, Bias == null ? null : Bias + firstColumn, columnCount, Kind, Y + at, U == null ? null : U + at);
            }
        }
    }

    private unsafe struct BackwardWork : IVectorWork
    {
        public float* Dy, U, Partials;
        public GeluKind Kind;
        public int Rows, Columns, ChunkCount;

        public readonly void Execute<TVector>(int chunk, int worker) where TVector : struct, IFloatVector<TVector>
        {
            switch (Kind)
            {
                case GeluKind.Erf: RowsOf<TVector, ErfGelu>(chunk); break;
                case GeluKind.Quick: RowsOf<TVector, QuickGelu>(chunk); break;
                default: RowsOf<TVector, TanhGelu>(chunk); break;
            }
        }

        private readonly void RowsOf<TVector, TFunction>(int chunk)
            where TVector : struct, IFloatVector<TVector>
            where TFunction : struct, IGeluFunction
        {
            int whole = Columns - (Columns % TVector.Width);
            float* sums = Partials + ((long)chunk * Columns);
            new Span<float>(sums, Columns).Clear();
            (int first, int end) = Chunks.Range(chunk, ChunkCount, Rows);
            for (int n = first; n < end; n++)
            {
                long row = (long)n * Columns;
                BackwardRow<TVector, TFunction>(Dy + row, U + row, whole, sums);
                BackwardRow<FloatScalar, TFunction>(Dy + row + whole, U + row + whole, Columns - whole, sums + whole);
            }
        }
    }
}
