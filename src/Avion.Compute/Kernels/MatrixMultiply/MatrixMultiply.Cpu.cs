namespace Avion.Compute;

public static partial class MatrixMultiply
{
    internal static unsafe void CpuRun(CpuDevice cpu, float* a, bool transposeA, float* b, bool transposeB, float* bias, int m,
        int n, int k, bool accumulate, float* c)
    {
        MatrixOperands operands = new()
        {
            TransposeA = transposeA, TransposeB = transposeB, M = m, N = n, K = k, A = a, B = b, C = c,
            StrideA = transposeA ? m : k, StrideB = transposeB ? k : n, StrideC = n, Beta = accumulate ? 1 : 0,
        };
        if (bias == null)
        {
            MatrixProduct.Run(cpu, operands);
        }
        else
        {
            BiasEpilogue epilogue = new() { Bias = bias, C = c, StrideC = n };
            MatrixProduct.Run(cpu, operands, ref epilogue);
        }
    }

    /// <summary>Adds the bias to a tile while it is in the cache.</summary>
    private unsafe struct BiasEpilogue : ITileEpilogue
    {
        public float* Bias, C;
        public int StrideC;

        public readonly void Apply(int firstRow, int rowCount, int firstColumn, int columnCount)
        {
            for (int i = firstRow; i < firstRow + rowCount; i++)
            {
                float* row = C + ((long)i * StrideC) + firstColumn;
                RowArithmetic.Add(row, Bias + firstColumn, columnCount, row);
            }
        }
    }
}
