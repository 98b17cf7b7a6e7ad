namespace Avion.Compute;

/// <summary>Single elements of memory that a kernel is generic over: float or <see cref="BFloat16"/>, whose arithmetic is float's.</summary>
internal static class Element
{
    /// <summary>The number that is stored.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Number<T>(T element) where T : unmanaged =>
        typeof(T) == typeof(float) ? Unsafe.BitCast<T, float>(element) : Unsafe.BitCast<T, BFloat16>(element);

    /// <summary>A number as it is stored: rounded to bfloat16, or as it is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Of<T>(float number) where T : unmanaged =>
        typeof(T) == typeof(float) ? Unsafe.BitCast<float, T>(number) : Unsafe.BitCast<BFloat16, T>((BFloat16)number);

    /// <summary>How a tensor of these elements is called.</summary>
    public static ElementType TypeOf<T>() where T : unmanaged =>
        typeof(T) == typeof(float) ? ElementType.Float32
        : typeof(T) == typeof(BFloat16) ? ElementType.BFloat16
        : typeof(T) == typeof(double) ? ElementType.Float64
        : typeof(T) == typeof(int) ? ElementType.Int32
        : typeof(T) == typeof(byte) ? ElementType.UInt8
        : throw new NotSupportedException($"No tensor has elements of {typeof(T)}.");
}
