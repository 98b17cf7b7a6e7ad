using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Avion.Video;

/// <summary>
/// A vector of 16-bit numbers of some width. All widths give the same bits, so that a machine's instructions never show in the pixels.
/// </summary>
internal unsafe interface ILanes<TSelf>
    where TSelf : unmanaged, ILanes<TSelf>
{
    static abstract int Count { get; }

    static abstract TSelf Broadcast(short value);

    static abstract TSelf Load(short* address);

    /// <summary>As many bytes as there are lanes, each times 64 (Q6).</summary>
    static abstract TSelf LoadBytes(byte* address);

    static abstract void Store(TSelf value, short* address);

    /// <summary>Rounds Q6 to whole numbers, clamps them to 0 to 255 and stores them as bytes.</summary>
    static abstract void StoreBytes(TSelf value, byte* address);

    /// <summary>(a · b + 2^14) / 2^15, rounded down.</summary>
    static abstract TSelf MultiplyRound(TSelf a, TSelf b);

    static abstract TSelf Add(TSelf a, TSelf b);

    static abstract TSelf Subtract(TSelf a, TSelf b);

    static abstract TSelf AddSaturate(TSelf a, TSelf b);

    static abstract TSelf SubtractSaturate(TSelf a, TSelf b);
}

/// <summary>32 lanes: AVX-512.</summary>
internal readonly unsafe struct Lanes512(Vector512<short> value) : ILanes<Lanes512>
{
    private readonly Vector512<short> _value = value;

    public static int Count => 32;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Broadcast(short value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Load(short* address) => new(Vector512.Load(address));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 LoadBytes(byte* address)
    {
        (Vector256<ushort> low, Vector256<ushort> high) = Vector256.Widen(Vector256.Load(address));
        return new(Vector512.ShiftLeft(Vector512.Create(low, high).AsInt16(), 6));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Lanes512 value, short* address) => value._value.Store(address);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreBytes(Lanes512 value, byte* address)
    {
        Vector512<short> rounded = Vector512.ShiftRightArithmetic(Vector512.AddSaturate(value._value, Vector512.Create((short)32)), 6);
        Vector512<short> clamped = Vector512.Min(Vector512.Max(rounded, Vector512<short>.Zero), Vector512.Create((short)255));
        Vector256.Narrow(clamped.GetLower().AsUInt16(), clamped.GetUpper().AsUInt16()).Store(address);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 MultiplyRound(Lanes512 a, Lanes512 b) => Avx512BW.IsSupported
        ? new(Avx512BW.MultiplyHighRoundScale(a._value, b._value))
        : new(Vector512.Create(
            Lanes256.MultiplyRound(new(a._value.GetLower()), new(b._value.GetLower())).Value,
            Lanes256.MultiplyRound(new(a._value.GetUpper()), new(b._value.GetUpper())).Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Add(Lanes512 a, Lanes512 b) => new(a._value + b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Subtract(Lanes512 a, Lanes512 b) => new(a._value - b._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 AddSaturate(Lanes512 a, Lanes512 b) => new(Vector512.AddSaturate(a._value, b._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 SubtractSaturate(Lanes512 a, Lanes512 b) => new(Vector512.SubtractSaturate(a._value, b._value));
}

/// <summary>16 lanes: AVX2.</summary>
internal readonly unsafe struct Lanes256(Vector256<short> value) : ILanes<Lanes256>
{
    public static int Count => 16;

    public Vector256<short> Value { get; } = value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Broadcast(short value) => new(Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Load(short* address) => new(Vector256.Load(address));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 LoadBytes(byte* address) => Avx2.IsSupported
        ? new(Vector256.ShiftLeft(Avx2.ConvertToVector256Int16(address), 6))
        : new(Vector256.ShiftLeft(
            Vector256.Create(Vector128.WidenLower(Vector128.Load(address)), Vector128.WidenUpper(Vector128.Load(address))).AsInt16(), 6));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Lanes256 value, short* address) => value.Value.Store(address);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreBytes(Lanes256 value, byte* address)
    {
        Vector256<short> rounded = Vector256.ShiftRightArithmetic(Vector256.AddSaturate(value.Value, Vector256.Create((short)32)), 6);
        if (Sse2.IsSupported)
        {
            Sse2.PackUnsignedSaturate(rounded.GetLower(), rounded.GetUpper()).Store(address);
            return;
        }

        Vector256<short> clamped = Vector256.Min(Vector256.Max(rounded, Vector256<short>.Zero), Vector256.Create((short)255));
        Vector128.Narrow(clamped.GetLower().AsUInt16(), clamped.GetUpper().AsUInt16()).Store(address);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 MultiplyRound(Lanes256 a, Lanes256 b) => Avx2.IsSupported
        ? new(Avx2.MultiplyHighRoundScale(a.Value, b.Value))
        : new(Vector256.Create(
            Lanes128.MultiplyRound(new(a.Value.GetLower()), new(b.Value.GetLower())).Value,
            Lanes128.MultiplyRound(new(a.Value.GetUpper()), new(b.Value.GetUpper())).Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Add(Lanes256 a, Lanes256 b) => new(a.Value + b.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Subtract(Lanes256 a, Lanes256 b) => new(a.Value - b.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 AddSaturate(Lanes256 a, Lanes256 b) => new(Vector256.AddSaturate(a.Value, b.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 SubtractSaturate(Lanes256 a, Lanes256 b) => new(Vector256.SubtractSaturate(a.Value, b.Value));
}

/// <summary>8 lanes: SSE and NEON, and in software where there is neither.</summary>
internal readonly unsafe struct Lanes128(Vector128<short> value) : ILanes<Lanes128>
{
    public static int Count => 8;

    public Vector128<short> Value { get; } = value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Broadcast(short value) => new(Vector128.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Load(short* address) => new(Vector128.Load(address));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 LoadBytes(byte* address) =>
        new(Vector128.ShiftLeft(Vector128.WidenLower(Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<ulong>(address)).AsByte())
            .AsInt16(), 6));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Lanes128 value, short* address) => value.Value.Store(address);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreBytes(Lanes128 value, byte* address)
    {
        Vector128<short> rounded = Vector128.ShiftRightArithmetic(Vector128.AddSaturate(value.Value, Vector128.Create((short)32)), 6);
        Vector128<ushort> clamped = Vector128.Min(Vector128.Max(rounded, Vector128<short>.Zero), Vector128.Create((short)255)).AsUInt16();
        Unsafe.WriteUnaligned(address, Vector128.Narrow(clamped, clamped).AsUInt64().ToScalar());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 MultiplyRound(Lanes128 a, Lanes128 b)
    {
        if (Ssse3.IsSupported)
        {
            return new(Ssse3.MultiplyHighRoundScale(a.Value, b.Value));
        }

        if (AdvSimd.IsSupported)
        {
            return new(AdvSimd.MultiplyRoundedDoublingSaturateHigh(a.Value, b.Value));
        }

        return MultiplyRoundInSoftware(a, b);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Add(Lanes128 a, Lanes128 b) => new(a.Value + b.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Subtract(Lanes128 a, Lanes128 b) => new(a.Value - b.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 AddSaturate(Lanes128 a, Lanes128 b) => new(Vector128.AddSaturate(a.Value, b.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 SubtractSaturate(Lanes128 a, Lanes128 b) => new(Vector128.SubtractSaturate(a.Value, b.Value));

    private static Lanes128 MultiplyRoundInSoftware(Lanes128 a, Lanes128 b)
    {
        (Vector128<int> aLow, Vector128<int> aHigh) = Vector128.Widen(a.Value);
        (Vector128<int> bLow, Vector128<int> bHigh) = Vector128.Widen(b.Value);
        Vector128<int> half = Vector128.Create(1 << 14);
        return new(Vector128.Narrow(((aLow * bLow) + half) >> 15, ((aHigh * bHigh) + half) >> 15));
    }
}

/// <summary>One lane: plain arithmetic, the definition of what the vectors do.</summary>
internal readonly unsafe struct LanesScalar(short value) : ILanes<LanesScalar>
{
    private readonly short _value = value;

    public static int Count => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesScalar Broadcast(short value) => new(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesScalar Load(short* address) => new(*address);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesScalar LoadBytes(byte* address) => new((short)(*address << 6));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(LanesScalar value, short* address) => *address = value._value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreBytes(LanesScalar value, byte* address) =>
        *address = (byte)Math.Clamp(Math.Min(value._value + 32, short.MaxValue) >> 6, 0, 255);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesScalar MultiplyRound(LanesScalar a, LanesScalar b) => new((short)(((a._value * b._value) + (1 << 14)) >> 15));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesScalar Add(LanesScalar a, LanesScalar b) => new((short)(a._value + b._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesScalar Subtract(LanesScalar a, LanesScalar b) => new((short)(a._value - b._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesScalar AddSaturate(LanesScalar a, LanesScalar b) =>
        new((short)Math.Clamp(a._value + b._value, short.MinValue, short.MaxValue));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LanesScalar SubtractSaturate(LanesScalar a, LanesScalar b) =>
        new((short)Math.Clamp(a._value - b._value, short.MinValue, short.MaxValue));
}
