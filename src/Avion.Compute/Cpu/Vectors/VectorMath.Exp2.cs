namespace Avion.Compute;

internal static partial class VectorMath
{
    /// <summary>2^x, to 1.2e-7 relative for -126 ≤ x ≤ 0; the result stays at 2^-126 below. NaN stays NaN.</summary>
    /// <remarks>
    /// x = n + r with whole n and |r| ≤ 1/2; 2^r by a polynomial of degree 6, fitted to least relative error (1.6e-8),
    /// scaled by 2^n.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Exp2<TVector>(TVector x) where TVector : struct, IFloatVector<TVector>
    {
        // The argument stands second because the processor's maximum returns its second operand when one is NaN.
        x = TVector.Max(TVector.Create(-126), x);
        TVector n = TVector.Round(x), r = x - n;
        TVector p = TVector.MultiplyAdd(TVector.Create(1.53458124e-4f), r, TVector.Create(1.33999309e-3f));
        p = TVector.MultiplyAdd(p, r, TVector.Create(9.61848907e-3f));
        p = TVector.MultiplyAdd(p, r, TVector.Create(5.55032864e-2f));
        p = TVector.MultiplyAdd(p, r, TVector.Create(0.240226462f));
        p = TVector.MultiplyAdd(p, r, TVector.Create(0.693147182f));
        p = TVector.MultiplyAdd(p, r, TVector.Create(1));
        return TVector.ScaleByPowerOfTwo(p, n);
    }
}
