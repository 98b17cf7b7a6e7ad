using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Avion.Compute;

/// <summary>Lanes of bfloat16 in memory to and from lanes of float32: widened exactly, narrowed to the nearest and even, as
/// <see cref="BFloat16"/> has it.</summary>
internal static unsafe class BFloat16Lanes
{
    private const int HalfBits = 16;
    private const uint JustUnderHalf = 0x7FFF, Quiet = 0x00400000;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Load4(ushort* source) =>
        (Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(ulong*)source).AsUInt16()) << HalfBits).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load8(ushort* source) =>
        (Vector256.WidenLower(Vector128.Load(source).ToVector256Unsafe()) << HalfBits).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load16(ushort* source) =>
        (Vector512.WidenLower(Vector256.Load(source).ToVector512Unsafe()) << HalfBits).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector128<float> lanes, ushort* destination)
    {
        Vector128<uint> bits = lanes.AsUInt32();
        Vector128<uint> even = (bits >> HalfBits) & Vector128<uint>.One;
        Vector128<uint> rounded = bits + Vector128.Create(JustUnderHalf) + even;
        Vector128<uint> halves = Vector128.ConditionalSelect(Vector128.Equals(lanes, lanes).AsUInt32(), rounded,
            bits | Vector128.Create(Quiet)) >> HalfBits;
        *(ulong*)destination = Narrow(halves, halves).AsUInt64().ToScalar();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<float> lanes, ushort* destination)
    {
        Vector256<uint> bits = lanes.AsUInt32();
        Vector256<uint> even = (bits >> HalfBits) & Vector256<uint>.One;
        Vector256<uint> rounded = bits + Vector256.Create(JustUnderHalf) + even;
        Vector256<uint> halves = Vector256.ConditionalSelect(Vector256.Equals(lanes, lanes).AsUInt32(), rounded,
            bits | Vector256.Create(Quiet)) >> HalfBits;
        Vector128<ushort> narrow = Avx512F.VL.IsSupported
            ? Avx512F.VL.ConvertToVector128UInt16(halves)
            : Narrow(halves.GetLower(), halves.GetUpper());
        narrow.Store(destination);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<float> lanes, ushort* destination)
    {
        if (!Avx512F.IsSupported)
        {
            Store(lanes.GetLower(), destination);
            Store(lanes.GetUpper(), destination + Vector256<float>.Count);
            return;
        }

        Vector512<uint> bits = lanes.AsUInt32();
        Vector512<uint> even = (bits >> HalfBits) & Vector512<uint>.One;
        Vector512<uint> rounded = bits + Vector512.Create(JustUnderHalf) + even;
        Vector512<uint> halves = Vector512.ConditionalSelect(Vector512.Equals(lanes, lanes).AsUInt32(), rounded,
            bits | Vector512.Create(Quiet)) >> HalfBits;
        Avx512F.ConvertToVector256UInt16(halves).Store(destination);
    }

    // Numbers below 2^16 keep their value when narrowed with saturation, which is one instruction.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ushort> Narrow(Vector128<uint> low, Vector128<uint> high) => Sse41.IsSupported
        ? Sse41.PackUnsignedSaturate(low.AsInt32(), high.AsInt32())
        : Vector128.Narrow(low, high);
}
