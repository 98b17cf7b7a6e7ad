namespace Avion.Compute;

public static partial class LinearGelu
{
    private static unsafe void CpuForward(CpuDevice cpu, Tensor x, Tensor weight, Tensor bias, int n, int outputs, int inputs, GeluKind kind,
        Tensor y, Tensor u)
    {
        MatrixMultiply.CheckTypes(x, weight, bias, y);
        MatrixOperands operands = new()
        {
            TransposeB = true, M = n, N = outputs, K = inputs, Type = x.Type, ResultType = y.Type,
            A = (void*)x.Data, B = (void*)weight.Data, C = (void*)y.Data, StrideA = inputs, StrideB = inputs, StrideC = outputs,
        };
        if (y.Type == ElementType.Float32)
        {
            Finish<float, float>(cpu, operands, bias, kind, y, u);
        }
        else if (bias.Type == ElementType.BFloat16)
        {
            Finish<BFloat16, BFloat16>(cpu, operands, bias, kind, y, u);
        }
        else
        {
            Finish<float, BFloat16>(cpu, operands, bias, kind, y, u);
        }
    }

    private static unsafe void CpuBackward(CpuDevice cpu, Tensor dy, GeluKind kind, Tensor u, Tensor dbias)
    {
        if (u.Type == ElementType.BFloat16)
        {
            CpuBackward(cpu, dy.Pointer<BFloat16>(), kind, u.Pointer<BFloat16>(), dy.Shape.Rows, dy.Shape.Columns, dbias);
        }
        else
        {
            CpuBackward(cpu, dy.Pointer<float>(), kind, u.Pointer<float>(), dy.Shape.Rows, dy.Shape.Columns, dbias);
        }
    }

    private static unsafe void Finish<TBias, T>(CpuDevice cpu, in MatrixOperands operands, Tensor bias, GeluKind kind, Tensor y, Tensor u)
        where TBias : unmanaged
        where T : unmanaged
    {
        Epilogue<TBias, T> epilogue = new()
        {
            Bias = bias.Pointer<TBias>(), Kind = kind, Columns = operands.N, Y = y.Pointer<T>(), U = u.Pointer<T>(),
        };
        MatrixProduct.Run(cpu, operands, ref epilogue);
    }

    private static unsafe void CpuBackward<T>(CpuDevice cpu, T* dy, GeluKind kind, T* u, int rows, int columns, Tensor dbias)
        where T : unmanaged
    {
        using ScratchLease scratch = cpu.Scratch.Take(ColumnSum.CpuPartialCount(rows, columns));
        BackwardWork<T> work = new()
        {
            Dy = dy, U = u, Kind = kind, Rows = rows, Columns = columns, Partials = scratch.Floats, ChunkCount = RowChunks.Count(rows),
        };
        cpu.Workers.RunAtWidth(work.ChunkCount, work);
        if (!dbias.IsAbsent)
        {
            ColumnSum.CpuAddPartials(scratch.Floats, work.ChunkCount, columns, columns, dbias.Pointer<float>());
        }
    }

    // Each loop is a method of its own, because the compiler inlines only so many calls into one.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static unsafe void ForwardRow<TVector, TFunction, TBias, T>(float* sums, TBias* bias, int count, T* y, T* u)
        where TVector : struct, IFloatVector<TVector>
        where TFunction : struct, IGeluFunction
        where TBias : unmanaged
        where T : unmanaged
    {
        for (int d = 0; d < count; d += TVector.Width)
        {
            TVector sum = bias == null ? TVector.Load(sums + d) : TVector.Load(sums + d) + TVector.Load(bias + d);
            if (typeof(T) == typeof(float))
            {
                if (u != null)
                {
                    sum.Store(u + d);
                }
            }
            else
            {
                // GELU is of u as backward will read it.
                T* rounded = (u == null ? y : u) + d;
                sum.Store(rounded);
                sum = TVector.Load(rounded);
            }

            TFunction.Value(sum).Store(y + d);
        }
    }

    /// <summary>Part of a row: du over u, and its share of db.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static unsafe void BackwardRow<TVector, TFunction, T>(T* dy, T* u, int count, float* sums)
        where TVector : struct, IFloatVector<TVector>
        where TFunction : struct, IGeluFunction
        where T : unmanaged
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
    private unsafe struct Epilogue<TBias, T> : ITileEpilogue
        where TBias : unmanaged
        where T : unmanaged
    {
        public TBias* Bias;
        public T* Y, U;
        public GeluKind Kind;
        public int Columns;

        public readonly void Apply(in MatrixTile tile)
        {
            switch (VectorWidth.Bits)
            {
                case 512: KindOf<FloatVector512>(tile); break;
                case 256: KindOf<FloatVector256>(tile); break;
                case 128: KindOf<FloatVector128>(tile); break;
                default: KindOf<FloatScalar>(tile); break;
            }
        }

        private readonly void KindOf<TVector>(in MatrixTile tile) where TVector : struct, IFloatVector<TVector>
        {
            switch (Kind)
            {
                case GeluKind.Erf: RowsOf<TVector, ErfGelu>(tile); break;
                case GeluKind.Quick: RowsOf<TVector, QuickGelu>(tile); break;
                default: RowsOf<TVector, TanhGelu>(tile); break;
            }
        }

        private readonly void RowsOf<TVector, TFunction>(in MatrixTile tile)
            where TVector : struct, IFloatVector<TVector>
            where TFunction : struct, IGeluFunction
        {
            int whole = tile.ColumnCount - (tile.ColumnCount % TVector.Width);
            TBias* bias = Bias == null ? null : Bias + tile.FirstColumn, tailBias = bias == null ? null : bias + whole;
            for (int i = 0; i < tile.RowCount; i++)
            {
                long at = ((long)(tile.FirstRow + i) * Columns) + tile.FirstColumn;
                T* y = Y + at, u = U == null ? null : U + at, tailU = u == null ? null : u + whole;
                ForwardRow<TVector, TFunction, TBias, T>(tile.Row(i), bias, whole, y, u);
                ForwardRow<FloatScalar, TFunction, TBias, T>(tile.Row(i) + whole, tailBias, tile.ColumnCount - whole, y + whole, tailU);
            }
        }
    }

    private unsafe struct BackwardWork<T> : IVectorWork where T : unmanaged
    {
        public T* Dy, U;
        public float* Partials;
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
                BackwardRow<TVector, TFunction, T>(Dy + row, U + row, whole, sums);
                BackwardRow<FloatScalar, TFunction, T>(Dy + row + whole, U + row + whole, Columns - whole, sums + whole);
            }
        }
    }
}
