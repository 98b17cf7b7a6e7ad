namespace Avion.Compute;

internal static partial class VectorMath
{
    /// <summary>Upper tail of the normal distribution, 1 - Φ(z) for z ≥ 0, to 4e-7 + 3.5e-8 z² relative down to 1e-38: z² is rounded once.</summary>
    /// <remarks>
    /// 1 - Φ(z) = e^(-z²/2) · t · P(t) with t = 1 / (1 + 0.27 z) and P of degree 8, fitted to least relative error on 0 ≤ z ≤ 14
    /// (2.4e-8 before rounding); the form is that of Hastings 1955, sheet 43.
    /// </remarks>
    /// <param name="z">Not negative.</param>
    /// <param name="exponential">e^(-z²/2), of which the density is a multiple.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector NormalTail<TVector>(TVector z, out TVector exponential) where TVector : struct, IFloatVector<TVector>
    {
        TVector one = TVector.Create(1);
        exponential = Exp(z * z * TVector.Create(-0.5f));
        TVector t = one / TVector.MultiplyAdd(z, TVector.Create(0.27f), one);
        TVector p = TVector.MultiplyAdd(TVector.Create(0.0289152849f), t, TVector.Create(-0.126255313f));
        p = TVector.MultiplyAdd(p, t, TVector.Create(0.169291498f));
        p = TVector.MultiplyAdd(p, t, TVector.Create(-0.0686210719f));
        p = TVector.MultiplyAdd(p, t, TVector.Create(0.107399487f));
        p = TVector.MultiplyAdd(p, t, TVector.Create(0.0722402708f));
        p = TVector.MultiplyAdd(p, t, TVector.Create(0.101759169f));
        p = TVector.MultiplyAdd(p, t, TVector.Create(0.107550506f));
        p = TVector.MultiplyAdd(p, t, TVector.Create(0.107720181f));
        return exponential * (p * t);
    }

    /// <summary>σ(x) = 1 / (1 + e^-x), to 3e-7 relative for -86 ≤ x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Sigmoid<TVector>(TVector x) where TVector : struct, IFloatVector<TVector>
    {
        TVector one = TVector.Create(1);
        return one / (one + Exp(TVector.Zero - x));
    }
}
