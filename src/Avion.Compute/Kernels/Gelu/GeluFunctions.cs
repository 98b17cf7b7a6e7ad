namespace Avion.Compute;

/// <summary>One form of GELU on lanes: its value, and its value with its derivative.</summary>
internal interface IGeluFunction
{
    static abstract TVector Value<TVector>(TVector x) where TVector : struct, IFloatVector<TVector>;

    static abstract TVector ValueAndDerivative<TVector>(TVector x, out TVector derivative) where TVector : struct, IFloatVector<TVector>;
}

/// <summary>y = x Φ(x); dy/dx = Φ(x) + x φ(x), with the normal distribution Φ and its density φ.</summary>
/// <remarks>
/// With the tail h = Φ(-|x|): y = max(x, 0) - |x| h keeps the relative precision of small results, and Φ(x) is h or 1 - h.
/// </remarks>
internal readonly struct ErfGelu : IGeluFunction
{
    private const float InverseSqrtTwoPi = 0.398942280f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Value<TVector>(TVector x) where TVector : struct, IFloatVector<TVector>
    {
        TVector magnitude = TVector.Abs(x);
        TVector tail = VectorMath.NormalTail(magnitude, out _);
        return TVector.Max(x, TVector.Zero) - (magnitude * tail);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector ValueAndDerivative<TVector>(TVector x, out TVector derivative) where TVector : struct, IFloatVector<TVector>
    {
        TVector magnitude = TVector.Abs(x);
        TVector tail = VectorMath.NormalTail(magnitude, out TVector exponential);
        TVector half = TVector.Create(0.5f);
        TVector step = half + TVector.CopySign(half, x);
        TVector distribution = step - TVector.CopySign(tail, x);
        derivative = TVector.MultiplyAdd(x * TVector.Create(InverseSqrtTwoPi), exponential, distribution);
        return TVector.Max(x, TVector.Zero) - (magnitude * tail);
    }
}

/// <summary>y = x s with s = σ(1.702 x); dy/dx = s + 1.702 y (1 - s).</summary>
internal readonly struct QuickGelu : IGeluFunction
{
    private const float Steepness = 1.702f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Value<TVector>(TVector x) where TVector : struct, IFloatVector<TVector> =>
        x * VectorMath.Sigmoid(x * TVector.Create(Steepness));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector ValueAndDerivative<TVector>(TVector x, out TVector derivative) where TVector : struct, IFloatVector<TVector>
    {
        TVector steepness = TVector.Create(Steepness);
        TVector s = VectorMath.Sigmoid(x * steepness), y = x * s;
        derivative = TVector.MultiplyAdd(steepness * y, TVector.Create(1) - s, s);
        return y;
    }
}

/// <summary>y = x s with s = σ(g), g = 2 √(2/π) (x + 0.044715 x³); dy/dx = s + y (1 - s) dg/dx.</summary>
internal readonly struct TanhGelu : IGeluFunction
{
    private const float Linear = 1.595769122f;
    private const float Cubic = 0.044715f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Value<TVector>(TVector x) where TVector : struct, IFloatVector<TVector>
    {
        TVector scale = TVector.MultiplyAdd(x * x, TVector.Create(Linear * Cubic), TVector.Create(Linear));
        return x * VectorMath.Sigmoid(x * scale);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector ValueAndDerivative<TVector>(TVector x, out TVector derivative) where TVector : struct, IFloatVector<TVector>
    {
        TVector square = x * x, linear = TVector.Create(Linear);
        TVector s = VectorMath.Sigmoid(x * TVector.MultiplyAdd(square, TVector.Create(Linear * Cubic), linear)), y = x * s;
        TVector slope = TVector.MultiplyAdd(square, TVector.Create(3 * Linear * Cubic), linear);
        derivative = TVector.MultiplyAdd(y * slope, TVector.Create(1) - s, s);
        return y;
    }
}
