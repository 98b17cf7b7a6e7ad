namespace Avion.Compute;

/// <summary>A right factor that is stored transposed, such as a weight in a forward pass, laid out as it is read before a product of many rows.</summary>
/// <remarks>
/// Libraries pack a transposed factor for each tile more slowly than a plain one: products of float32 run at nine tenths of the rate
/// (docs/numerics.md, "Matrix products"). Transposing once costs a nanosecond a number, so it pays where each number meets many rows.
/// </remarks>
internal static unsafe class TransposedFactor
{
    // Below so many rows, or with more numbers to transpose for each row, less is gained than transposing costs.
    private const int LeastRows = 512, MostNumbersPerRow = 192;

    private const int TermsPerChunk = 32;

    /// <summary>Numbers of scratch that a product takes for its right factor; 0 where the factor stays as it is.</summary>
    public static long ScratchCount(ElementType type, bool transposeB, int m, int n, int k) =>
        transposeB && type == ElementType.Float32 && m >= LeastRows && (long)n * k <= (long)m * MostNumbersPerRow ? (long)n * k : 0;

    /// <summary>The same product with its right factor transposed into scratch.</summary>
    public static MatrixOperands Transpose(CpuDevice cpu, in MatrixOperands operands, float* scratch)
    {
        Work work = new() { Source = (float*)operands.B, Stride = operands.StrideB, Terms = operands.K, Columns = operands.N, Target = scratch };
        cpu.Workers.Run((operands.K + TermsPerChunk - 1) / TermsPerChunk, ref work);
        return operands with { TransposeB = false, B = scratch, StrideB = operands.N };
    }

    /// <summary>Chunk: some terms of all columns, which are rows of the result.</summary>
    private struct Work : IParallelWork
    {
        public float* Source, Target;
        public int Stride, Terms, Columns;

        public readonly void Execute(int chunk, int worker)
        {
            int first = chunk * TermsPerChunk;
            PanelPacking.PackTransposed(Source + first, Stride, Math.Min(TermsPerChunk, Terms - first), Columns, 1, Columns,
                Target + ((long)first * Columns));
        }
    }
}
