using System.Runtime.InteropServices;

namespace Avion.Models;

/// <summary>Element types of files to and from float32.</summary>
/// <remarks>
/// To float32: exact from the 16-bit types, to nearest even from float64 and int64. From float32: to nearest even, overflow to
/// infinity as IEEE 754 has it; NaN stays NaN. Files and the machines that .NET runs on here are little-endian.
/// </remarks>
public static class ElementConversion
{
    /// <summary>Converts stored elements to float32.</summary>
    public static void ToFloat32(ElementType type, ReadOnlySpan<byte> source, Span<float> destination)
    {
        switch (type)
        {
            case ElementType.Float32:
                MemoryMarshal.Cast<byte, float>(source).CopyTo(destination);
                break;
            case ElementType.Float64:
                Each<double>(source, destination, static value => (float)value);
                break;
            case ElementType.Float16:
                Each<Half>(source, destination, static value => (float)value);
                break;
            case ElementType.BFloat16:
                Each<BFloat16>(source, destination, static value => value);
                break;
            case ElementType.Int64:
                Each<long>(source, destination, static value => value);
                break;
            case ElementType.Int32:
                Each<int>(source, destination, static value => value);
                break;
            default:
                Each<byte>(source, destination, static value => value);
                break;
        }
    }

    /// <summary>Converts float32 to the elements of a file.</summary>
    /// <exception cref="NotSupportedException">The type is not a floating-point type.</exception>
    public static void FromFloat32(ElementType type, ReadOnlySpan<float> source, Span<byte> destination)
    {
        switch (type)
        {
            case ElementType.Float32:
                MemoryMarshal.AsBytes(source).CopyTo(destination);
                break;
            case ElementType.Float64:
                Each(source, MemoryMarshal.Cast<byte, double>(destination), static value => (double)value);
                break;
            case ElementType.Float16:
                Each(source, MemoryMarshal.Cast<byte, Half>(destination), static value => (Half)value);
                break;
            case ElementType.BFloat16:
                Each(source, MemoryMarshal.Cast<byte, BFloat16>(destination), static value => (BFloat16)value);
                break;
            default:
                throw new NotSupportedException($"Weights cannot be written as {type}; expected a floating-point type.");
        }
    }

    private static void Each<T>(ReadOnlySpan<byte> source, Span<float> destination, Func<T, float> convert) where T : unmanaged
    {
        ReadOnlySpan<T> values = MemoryMarshal.Cast<byte, T>(source);
        for (int i = 0; i < values.Length; i++)
        {
            destination[i] = convert(values[i]);
        }
    }

    private static void Each<T>(ReadOnlySpan<float> source, Span<T> destination, Func<float, T> convert)
    {
        for (int i = 0; i < source.Length; i++)
        {
            destination[i] = convert(source[i]);
        }
    }
}
