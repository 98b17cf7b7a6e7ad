namespace Avion.Compute;

public static partial class MatrixMultiply
{
    /// <summary>Tensors of shapes that fit as the factors and the result of a product.</summary>
    internal static unsafe MatrixOperands Operands(Tensor a, bool transposeA, Tensor b, bool transposeB, Tensor c, bool accumulate) => new()
    {
        TransposeA = transposeA, TransposeB = transposeB, Type = a.Type, ResultType = c.Type, Accumulate = accumulate,
        M = c.Shape.Rows, N = c.Shape.Columns, K = transposeA ? a.Shape.Rows : a.Shape.Columns,
        A = (void*)a.Data, B = (void*)b.Data, C = (void*)c.Data,
        StrideA = a.Shape.Columns, StrideB = b.Shape.Columns, StrideC = c.Shape.Columns,
    };

    /// <summary>What adds a bias of that type, or none, to tiles and stores them as a result of that type.</summary>
    internal static unsafe Epilogue<TBias, TResult> EpilogueOf<TBias, TResult>(in MatrixOperands operands, Tensor bias)
        where TBias : unmanaged
        where TResult : unmanaged => new()
    {
        Bias = bias.Pointer<TBias>(), C = (TResult*)operands.C, StrideC = operands.StrideC, Accumulate = operands.Accumulate,
    };

    internal static unsafe void CpuRun(CpuDevice cpu, Tensor a, bool transposeA, Tensor b, bool transposeB, Tensor bias, bool accumulate,
        Tensor c)
    {
        CheckTypes(a, b, bias, c);
        MatrixOperands operands = Operands(a, transposeA, b, transposeB, c, accumulate);
        bool isNarrowBias = bias.Type == ElementType.BFloat16;
        if (c.Type == ElementType.BFloat16)
        {
            if (isNarrowBias)
            {
                Finish<BFloat16, BFloat16>(cpu, operands, bias);
            }
            else
            {
                Finish<float, BFloat16>(cpu, operands, bias);
            }
        }
        else if (bias.IsAbsent)
        {
            MatrixProduct.Run(cpu, operands);
        }
        else if (isNarrowBias)
        {
            Finish<BFloat16, float>(cpu, operands, bias);
        }
        else
        {
            Finish<float, float>(cpu, operands, bias);
        }
    }

    private static unsafe void Finish<TBias, TResult>(CpuDevice cpu, in MatrixOperands operands, Tensor bias)
        where TBias : unmanaged
        where TResult : unmanaged
    {
        Epilogue<TBias, TResult> epilogue = EpilogueOf<TBias, TResult>(operands, bias);
        MatrixProduct.Run(cpu, operands, ref epilogue);
    }

    /// <summary>Adds the bias to a tile, or the tile to C where there is none, and stores it as C has it.</summary>
    internal unsafe struct Epilogue<TBias, TResult> : ITileEpilogue
        where TBias : unmanaged
        where TResult : unmanaged
    {
        public TBias* Bias;
        public TResult* C;
        public int StrideC;
        public bool Accumulate;

        public readonly void Apply(in MatrixTile tile)
        {
            for (int i = 0; i < tile.RowCount; i++)
            {
                TResult* row = C + ((long)(tile.FirstRow + i) * StrideC) + tile.FirstColumn;
                if (Bias == null)
                {
                    RowArithmetic.CopyOrAdd(tile.Row(i), tile.ColumnCount, Accumulate, row);
                }
                else
                {
                    RowArithmetic.Add(tile.Row(i), Bias + tile.FirstColumn, tile.ColumnCount, row);
                }
            }
        }
    }
}
