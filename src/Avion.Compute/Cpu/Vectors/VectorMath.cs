namespace Avion.Compute;

/// <summary>Elementary functions on lanes of any width; the same operations at every width, so lanes and tails agree.</summary>
internal static partial class VectorMath
{
    private const float Log2E = 1.44269504f;

    // ln 2 in two parts: the first has 10 significant bits, so n · High is exact for every exponent n, also without fused rounding.
    private const float Ln2High = 0.693359375f;
    private const float Ln2Low = -2.12194440e-4f;

    // Beyond these, e^x leaves the range of normal numbers.
    private const float SmallestExponent = -86.9f;
    private const float LargestExponent = 88.8f;

    /// <summary>e^x, to 2e-7 relative for -86.9 ≤ x.</summary>
    /// <remarks>
    /// x = n ln 2 + r with |r| ≤ ln 2 / 2; e^r by a polynomial of degree 7 (Moshier's Cephes, expf), scaled by 2^n. Below -86.9 the
    /// result stays at e^-86.9 ≈ 1.8e-38, from 88.73 on it is infinite; NaN stays NaN.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Exp<TVector>(TVector x) where TVector : struct, IFloatVector<TVector>
    {
        // The argument stands second because the processor's minimum and maximum return their second operand when one is NaN.
        x = TVector.Max(TVector.Create(SmallestExponent), x);
        x = TVector.Min(TVector.Create(LargestExponent), x);
        TVector n = TVector.Round(x * TVector.Create(Log2E));
        TVector r = TVector.MultiplyAdd(n, TVector.Create(-Ln2High), x);
        r = TVector.MultiplyAdd(n, TVector.Create(-Ln2Low), r);
        TVector p = TVector.MultiplyAdd(TVector.Create(1.9875691500e-4f), r, TVector.Create(1.3981999507e-3f));
        p = TVector.MultiplyAdd(p, r, TVector.Create(8.3334519073e-3f));
        p = TVector.MultiplyAdd(p, r, TVector.Create(4.1665795894e-2f));
        p = TVector.MultiplyAdd(p, r, TVector.Create(1.6666665459e-1f));
        p = TVector.MultiplyAdd(p, r, TVector.Create(5.0000001201e-1f));
        p = TVector.MultiplyAdd(p, r * r, r) + TVector.Create(1);

        // n reaches 128, one more than an exponent field holds: one factor of two is taken beforehand.
        return TVector.ScaleByPowerOfTwo(p + p, n - TVector.Create(1));
    }
}
