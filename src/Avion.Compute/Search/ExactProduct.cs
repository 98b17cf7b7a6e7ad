namespace Avion.Compute;

/// <summary>The product of two vectors of float32 in double precision: by it clips are ranked, and by it searches are held against the truth.</summary>
/// <remarks>Products of two float32 are exact in double precision; sums are rounded there, and taken in the order of the numbers.</remarks>
public static class ExactProduct
{
    /// <summary>Σ a[i]·b[i]; of unit vectors their cosine.</summary>
    public static double Of(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
        {
            sum += (double)a[i] * b[i];
        }

        return sum;
    }
}
