namespace Avion.Compute;

/// <summary>One float lane: tails, and processors without vectors.</summary>
internal unsafe struct FloatScalar : IFloatVector<FloatScalar>
{
    private float _value;

    private FloatScalar(float value) => _value = value;

    public static int Width => 1;

    public static FloatScalar Zero => default;

    public static FloatScalar Create(float value) => new(value);

    public static FloatScalar Load<T>(T* source) where T : unmanaged => new(Element.Number(*source));

    public static FloatScalar MultiplyAdd(FloatScalar a, FloatScalar b, FloatScalar c) =>
        new(MathF.FusedMultiplyAdd(a._value, b._value, c._value));

    public static void AddProduct(ref FloatScalar sum, FloatScalar a, FloatScalar b) =>
        sum._value = MathF.FusedMultiplyAdd(a._value, b._value, sum._value);

    public static FloatScalar Max(FloatScalar a, FloatScalar b) => new(MathF.Max(a._value, b._value));

    public static FloatScalar Min(FloatScalar a, FloatScalar b) => new(MathF.Min(a._value, b._value));

    public static FloatScalar Sqrt(FloatScalar a) => new(MathF.Sqrt(a._value));

    public static FloatScalar Abs(FloatScalar a) => new(MathF.Abs(a._value));

    public static FloatScalar CopySign(FloatScalar magnitude, FloatScalar sign) => new(MathF.CopySign(magnitude._value, sign._value));

    public static FloatScalar Round(FloatScalar a) => new(MathF.Round(a._value));

    public static FloatScalar ScaleByPowerOfTwo(FloatScalar a, FloatScalar n) =>
        new(a._value * BitConverter.Int32BitsToSingle(((int)n._value + 127) << 23));

    public static FloatScalar operator +(FloatScalar a, FloatScalar b) => new(a._value + b._value);

    public static FloatScalar operator -(FloatScalar a, FloatScalar b) => new(a._value - b._value);

    public static FloatScalar operator *(FloatScalar a, FloatScalar b) => new(a._value * b._value);

    public static FloatScalar operator /(FloatScalar a, FloatScalar b) => new(a._value / b._value);

    public void Store<T>(T* destination) where T : unmanaged => *destination = Element.Of<T>(_value);

    public float Sum() => _value;

    public float MaxLane() => _value;
}
