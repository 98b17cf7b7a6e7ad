namespace Avion.Compute;

public static partial class MatrixMultiply
{
    internal static unsafe void CpuRun(CpuDevice cpu, Tensor a, bool transposeA, Tensor b, bool transposeB, Tensor bias, int m, int n, int k,
        bool accumulate, Tensor c)
    {
        CheckTypes(a, b, bias, c);
        MatrixOperands operands = new()
        {
            TransposeA = transposeA, TransposeB = transposeB, M = m, N = n, K = k, Type = a.Type, ResultType = c.Type,
            A = (void*)a.Data, B = (void*)b.Data, C = (void*)c.Data,
            StrideA = transposeA ? m : k, StrideB = transposeB ? k : n, StrideC = n, Accumulate = accumulate,
        };
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
        Epilogue<TBias, TResult> epilogue = new()
        {
            Bias = bias.Pointer<TBias>(), C = (TResult*)operands.C, StrideC = operands.StrideC, Accumulate = operands.Accumulate,
        };
        MatrixProduct.Run(cpu, operands, ref epilogue);
    }

    /// <summary>Adds the bias to a tile, or the tile to C where there is none, and stores it as C has it.</summary>
    private unsafe struct Epilogue<TBias, TResult> : ITileEpilogue
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
