using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Avion.Compute;

/// <summary>Lays rows of a head out as the factors of <see cref="PanelProduct"/>.</summary>
internal static unsafe class PanelPacking
{
    /// <summary>target = source: [rows, columns].</summary>
    public static void CopyRows<TVector, T>(T* source, nint stride, int rows, int columns, float* target, nint targetStride)
        where TVector : struct, IFloatVector<TVector>
        where T : unmanaged
    {
        for (int row = 0; row < rows; row++, source += stride, target += targetStride)
        {
            CachePrefetch.Row(source + (CachePrefetch.RowsAhead * stride), columns);
            RowArithmetic.Convert<TVector, T, float>(source, columns, target);
        }
    }

    /// <summary>Panels of B = factor · sourceᵀ: source is [columns, rows] as stored, B [rows, columns].</summary>
    public static void PackTransposed<T>(T* source, nint stride, int rows, int columns, float factor, int panelWidth, float* panels)
        where T : unmanaged
    {
        for (int column = 0; column < columns; column += panelWidth, panels += (nint)rows * panelWidth)
        {
            int count = Math.Min(panelWidth, columns - column), whole = CanTranspose ? count & ~3 : 0, wholeRows = rows & ~3;
            T* first = source + (column * stride);
            int sixteens = CanTransposeSixteen ? count & ~15 : 0;
            for (int c = 0; c < sixteens; c += 16)
            {
                for (int row = 0; row < wholeRows; row += 4)
                {
                    TransposeSixteen(first + (c * stride) + row, stride, factor, panels + ((nint)row * panelWidth) + c, panelWidth);
                }
            }

            for (int c = sixteens; c < whole; c += 4)
            {
                for (int row = 0; row < wholeRows; row += 4)
                {
                    TransposeFour(first + (c * stride) + row, stride, factor, panels + ((nint)row * panelWidth) + c, panelWidth);
                }
            }

            for (int row = 0; row < rows; row++)
            {
                float* target = panels + ((nint)row * panelWidth);
                for (int c = row < wholeRows ? whole : 0; c < count; c++)
                {
                    target[c] = factor * Element.Number(first[(c * stride) + row]);
                }

                ClearRest(target, count, panelWidth);
            }
        }
    }

    private static void ClearRest(float* row, int count, int panelWidth)
    {
        for (int column = count; column < panelWidth; column++)
        {
            row[column] = 0;
        }
    }

    private static bool CanTransposeSixteen => Avx512F.IsSupported && Vector512.IsHardwareAccelerated;

    private static bool CanTranspose => Sse2.IsSupported || AdvSimd.Arm64.IsSupported;

    /// <summary>target[i, j] = factor · source[j, i] for a square of four: pairs of rows are interleaved, then pairs of pairs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TransposeFour<T>(T* source, nint stride, float factor, float* target, nint targetStride)
        where T : unmanaged
    {
        Vector128<float> factors = Vector128.Create(factor);
        Vector128<float> r0 = Load(source) * factors, r1 = Load(source + stride) * factors;
        Vector128<float> r2 = Load(source + (2 * stride)) * factors, r3 = Load(source + (3 * stride)) * factors;
        Vector128<double> low01 = InterleaveLow(r0, r1).AsDouble(), high01 = InterleaveHigh(r0, r1).AsDouble();
        Vector128<double> low23 = InterleaveLow(r2, r3).AsDouble(), high23 = InterleaveHigh(r2, r3).AsDouble();
        InterleaveLow(low01, low23).AsSingle().Store(target);
        InterleaveHigh(low01, low23).AsSingle().Store(target + targetStride);
        InterleaveLow(high01, high23).AsSingle().Store(target + (2 * targetStride));
        InterleaveHigh(high01, high23).AsSingle().Store(target + (3 * targetStride));
    }

    /// <summary>target[i, j] = factor · source[j, i] for four rows of sixteen: four squares at once, each in a quarter of the vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TransposeSixteen<T>(T* source, nint stride, float factor, float* target, nint targetStride)
        where T : unmanaged
    {
        Vector512<float> factors = Vector512.Create(factor);
        Vector512<float> r0 = LoadFour(source, 4 * stride) * factors, r1 = LoadFour(source + stride, 4 * stride) * factors;
        Vector512<float> r2 = LoadFour(source + (2 * stride), 4 * stride) * factors;
        Vector512<float> r3 = LoadFour(source + (3 * stride), 4 * stride) * factors;
        Vector512<double> low01 = Avx512F.UnpackLow(r0, r1).AsDouble(), high01 = Avx512F.UnpackHigh(r0, r1).AsDouble();
        Vector512<double> low23 = Avx512F.UnpackLow(r2, r3).AsDouble(), high23 = Avx512F.UnpackHigh(r2, r3).AsDouble();
        Avx512F.UnpackLow(low01, low23).AsSingle().Store(target);
        Avx512F.UnpackHigh(low01, low23).AsSingle().Store(target + targetStride);
        Avx512F.UnpackLow(high01, high23).AsSingle().Store(target + (2 * targetStride));
        Avx512F.UnpackHigh(high01, high23).AsSingle().Store(target + (3 * targetStride));
    }

    /// <summary>Four elements of each of four rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> LoadFour<T>(T* source, nint stride) where T : unmanaged => Vector512.Create(
        Vector256.Create(Load(source), Load(source + stride)), Vector256.Create(Load(source + (2 * stride)), Load(source + (3 * stride))));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Load<T>(T* source) where T : unmanaged =>
        typeof(T) == typeof(float) ? Vector128.Load((float*)source) : BFloat16Lanes.Load4((ushort*)source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> InterleaveLow(Vector128<float> a, Vector128<float> b) =>
        Sse2.IsSupported ? Sse.UnpackLow(a, b) : AdvSimd.Arm64.ZipLow(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> InterleaveHigh(Vector128<float> a, Vector128<float> b) =>
        Sse2.IsSupported ? Sse.UnpackHigh(a, b) : AdvSimd.Arm64.ZipHigh(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<double> InterleaveLow(Vector128<double> a, Vector128<double> b) =>
        Sse2.IsSupported ? Sse2.UnpackLow(a, b) : AdvSimd.Arm64.ZipLow(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<double> InterleaveHigh(Vector128<double> a, Vector128<double> b) =>
        Sse2.IsSupported ? Sse2.UnpackHigh(a, b) : AdvSimd.Arm64.ZipHigh(a, b);
}
