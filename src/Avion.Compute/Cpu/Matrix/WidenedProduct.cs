namespace Avion.Compute;

/// <summary>Products of bfloat16 by a library of float32: both factors are converted, some terms at a time.</summary>
/// <remarks>Exact factors and float32 sums, as by instructions for bfloat16, but at float32's rate less the conversions.</remarks>
internal static unsafe class WidenedProduct
{
    // Converted factors lie in the third-level cache; sums are cut into blocks of terms that are no shorter than kernels need.
    private const int CacheFloats = 1 << 20;
    private const int LeastTerms = 128;

    [ThreadStatic]
    private static float[]? t_factors;

    /// <summary>Computes C, of extents that are not 0.</summary>
    public static void Multiply(MatrixLibrary library, bool transposeA, bool transposeB, int m, int n, int k, BFloat16* a, int strideA,
        BFloat16* b, int strideB, bool accumulate, float* c, int strideC)
    {
        int terms = Math.Min(k, Math.Max(LeastTerms, CacheFloats / (m + n)));
        long count = ((long)m + n) * terms;
        if (t_factors is null || t_factors.Length < count)
        {
            t_factors = GC.AllocateUninitializedArray<float>(checked((int)count), pinned: true);
        }

        fixed (float* left = t_factors)
        {
            float* right = left + ((long)m * terms);
            for (int first = 0; first < k; first += terms)
            {
                int length = Math.Min(terms, k - first);
                Widen(a, strideA, transposeA, first, length, m, left);
                Widen(b, strideB, !transposeB, first, length, n, right);
                library.Multiply(transposeA, transposeB, m, n, length, 1, left, transposeA ? m : length, right, transposeB ? length : n,
                    accumulate || first > 0 ? 1 : 0, c, strideC);
            }
        }
    }

    /// <summary>Some terms of a factor, stored as it is, without gaps between rows.</summary>
    private static void Widen(BFloat16* source, int stride, bool termsAreRows, int firstTerm, int terms, int others, float* target)
    {
        BFloat16* first = source + (termsAreRows ? (long)firstTerm * stride : firstTerm);
        (int rows, int columns) = termsAreRows ? (terms, others) : (others, terms);
        for (int row = 0; row < rows; row++)
        {
            RowArithmetic.Copy(first + ((long)row * stride), columns, target + ((long)row * columns));
        }
    }
}
