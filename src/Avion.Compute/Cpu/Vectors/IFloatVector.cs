namespace Avion.Compute;

/// <summary>Float lanes of one width, so that a kernel is written once and compiled for each width.</summary>
/// <remarks>
/// A kernel method is generic over a struct that implements this; the compiler makes one version a struct, with every call
/// inlined. Tails that do not fill a vector use <see cref="FloatScalar"/>, which is one lane. Memory holds float or
/// <see cref="BFloat16"/>; lanes are float32 always, so a kernel that is generic over its memory's type rounds where it stores alone.
/// </remarks>
internal unsafe interface IFloatVector<TSelf> where TSelf : struct, IFloatVector<TSelf>
{
    /// <summary>Number of lanes.</summary>
    static abstract int Width { get; }

    /// <summary>Zero in all lanes.</summary>
    static abstract TSelf Zero { get; }

    /// <summary>One value in all lanes.</summary>
    static abstract TSelf Create(float value);

    /// <summary>Lanes from memory, without alignment.</summary>
    /// <typeparam name="T">float or <see cref="BFloat16"/>.</typeparam>
    static abstract TSelf Load<T>(T* source) where T : unmanaged;

    /// <summary>a · b + c, rounded once where the processor can.</summary>
    static abstract TSelf MultiplyAdd(TSelf a, TSelf b, TSelf c);

    /// <summary>sum += a · b, rounded once where the processor can: a sum that stays in its register.</summary>
    static abstract void AddProduct(ref TSelf sum, TSelf a, TSelf b);

    /// <summary>The larger of each pair of lanes.</summary>
    static abstract TSelf Max(TSelf a, TSelf b);

    /// <summary>The smaller of each pair of lanes.</summary>
    static abstract TSelf Min(TSelf a, TSelf b);

    /// <summary>Square root.</summary>
    static abstract TSelf Sqrt(TSelf a);

    /// <summary>Magnitude.</summary>
    static abstract TSelf Abs(TSelf a);

    /// <summary>The magnitude of one with the sign of another.</summary>
    static abstract TSelf CopySign(TSelf magnitude, TSelf sign);

    /// <summary>Nearest whole number, halves to even.</summary>
    static abstract TSelf Round(TSelf a);

    /// <summary>a · 2^n for whole n with -126 ≤ n ≤ 127 and results in the normal range.</summary>
    static abstract TSelf ScaleByPowerOfTwo(TSelf a, TSelf n);

    static abstract TSelf operator +(TSelf a, TSelf b);

    static abstract TSelf operator -(TSelf a, TSelf b);

    static abstract TSelf operator *(TSelf a, TSelf b);

    static abstract TSelf operator /(TSelf a, TSelf b);

    /// <summary>Lanes to memory, without alignment.</summary>
    /// <typeparam name="T">float, or <see cref="BFloat16"/>, to which lanes are rounded.</typeparam>
    void Store<T>(T* destination) where T : unmanaged;

    /// <summary>Sum over the lanes, in a fixed order.</summary>
    float Sum();

    /// <summary>Largest lane.</summary>
    float MaxLane();
}
