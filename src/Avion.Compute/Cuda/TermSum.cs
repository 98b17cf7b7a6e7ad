namespace Avion.Compute;

/// <summary>The last step of losses on a GPU: the sum of a row's, or a block's, terms.</summary>
/// <remarks>result = factor · multiplier · Σ terms, or result += that. Numerics: double precision, in an order that the number of terms
/// alone decides.</remarks>
internal static unsafe class TermSum
{
    private const int Threads = 256;

    private static readonly CudaKernel s_ofFloats = new("TermSum", "term_sum"), s_ofDoubles = new("TermSum", "term_sum_of_double");

    /// <summary>Adds up terms of float32.</summary>
    /// <param name="cuda">Where all memory lies.</param>
    /// <param name="terms">[count].</param>
    /// <param name="count">How many; the sum of none is 0.</param>
    /// <param name="factor">What the sum is multiplied by.</param>
    /// <param name="multiplier">Float32 scalar that it is multiplied by as well; absent for 1.</param>
    /// <param name="accumulate">Whether the result is added to rather than written.</param>
    /// <param name="result">Float32 scalar.</param>
    public static void Launch(CudaDevice cuda, float* terms, int count, double factor, Tensor multiplier, bool accumulate, Tensor result) =>
        cuda.Launch(s_ofFloats, ElementType.Float32, new CudaGrid(1), Threads,
            [(nint)terms, (long)count, factor, multiplier.Data, accumulate, result.Data]);

    /// <summary>Adds up terms of float64, and writes the sum.</summary>
    public static void Launch(CudaDevice cuda, double* terms, int count, double factor, Tensor result) =>
        cuda.Launch(s_ofDoubles, ElementType.Float32, new CudaGrid(1), Threads, [(nint)terms, (long)count, factor, (nint)0, false, result.Data]);
}
