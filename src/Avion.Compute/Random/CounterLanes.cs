using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Avion.Compute;

/// <summary>One of a block's four words in the low half of a 64-bit lane, of as many blocks as a vector holds.</summary>
/// <remarks>
/// With whole lanes for half words the product of a round needs no shuffle. Even lanes hold the first half of the blocks and odd lanes the
/// second, so that interleaving words gives blocks in their order. Where the processor lacks an instruction, plain operators compute the
/// same.
/// </remarks>
internal unsafe interface ICounterLanes<TSelf> where TSelf : struct, ICounterLanes<TSelf>
{
    /// <summary>Number of blocks.</summary>
    static abstract int Count { get; }

    /// <summary>One value in all lanes.</summary>
    static abstract TSelf Create(ulong value);

    /// <summary>The numbers of successive blocks.</summary>
    static abstract TSelf Blocks(ulong first);

    /// <summary>The high halves, moved down.</summary>
    static abstract TSelf High(TSelf a);

    /// <summary>a ⊕ b ⊕ c.</summary>
    static abstract TSelf Xor(TSelf a, TSelf b, TSelf c);

    /// <summary>The low halves times a factor, all 64 bits.</summary>
    static abstract TSelf Multiply(TSelf a, uint factor);

    /// <summary>The upper 24 bits of four words of each block as numbers in [0, 1), block by block.</summary>
    static abstract void StoreUniforms(TSelf r0, TSelf r1, TSelf r2, TSelf r3, float* uniforms);
}

/// <summary>2 blocks.</summary>
internal readonly unsafe struct CounterLanes128 : ICounterLanes<CounterLanes128>
{
    private readonly Vector128<ulong> _lanes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private CounterLanes128(Vector128<ulong> lanes) => _lanes = lanes;

    public static int Count => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static CounterLanes128 Create(ulong value) => new(Vector128.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static CounterLanes128 Blocks(ulong first) => new(Vector128.Create(first) + Vector128.Create(0UL, 1UL));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static CounterLanes128 High(CounterLanes128 a) => new(Vector128.ShiftRightLogical(a._lanes, 32));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static CounterLanes128 Xor(CounterLanes128 a, CounterLanes128 b, CounterLanes128 c) => new(a._lanes ^ b._lanes ^ c._lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static CounterLanes128 Multiply(CounterLanes128 a, uint factor) => new(Sse2.IsSupported
        ? Sse2.Multiply(a._lanes.AsUInt32(), Vector128.Create((ulong)factor).AsUInt32())
        : (a._lanes & Vector128.Create((ulong)uint.MaxValue)) * Vector128.Create((ulong)factor));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreUniforms(CounterLanes128 r0, CounterLanes128 r1, CounterLanes128 r2, CounterLanes128 r3, float* uniforms)
    {
        Vector128<ulong> low = Vector128.Create((ulong)uint.MaxValue);
        Vector128<ulong> front = (r0._lanes & low) | Vector128.ShiftLeft(r1._lanes, 32),
            back = (r2._lanes & low) | Vector128.ShiftLeft(r3._lanes, 32);
        Store(Sse2.IsSupported ? Sse2.UnpackLow(front, back) : Vector128.Create(front.ToScalar(), back.ToScalar()), uniforms);
        Store(Sse2.IsSupported ? Sse2.UnpackHigh(front, back) : Vector128.Create(front.GetElement(1), back.GetElement(1)),
            uniforms + Vector128<float>.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector128<ulong> numbers, float* uniforms) => (Vector128.ConvertToSingle(
        Vector128.ShiftRightLogical(numbers.AsUInt32(), 8).AsInt32()) * Vector128.Create(CounterRandom.Unit)).Store(uniforms);
}

/// <summary>4 blocks.</summary>
internal readonly unsafe struct CounterLanes256 : ICounterLanes<CounterLanes256>
{
    private readonly Vector256<ulong> _lanes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private CounterLanes256(Vector256<ulong> lanes) => _lanes = lanes;

    public static int Count => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static CounterLanes256 Create(ulong value) => new(Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static CounterLanes256 Blocks(ulong first) => new(Vector256.Create(first) + Vector256.Create(0UL, 2UL, 1UL, 3UL));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static CounterLanes256 High(CounterLanes256 a) => new(Vector256.ShiftRightLogical(a._lanes, 32));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static CounterLanes256 Xor(CounterLanes256 a, CounterLanes256 b, CounterLanes256 c) => new(a._lanes ^ b._lanes ^ c._lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static CounterLanes256 Multiply(CounterLanes256 a, uint factor) => new(Avx2.IsSupported
        ? Avx2.Multiply(a._lanes.AsUInt32(), Vector256.Create((ulong)factor).AsUInt32())
        : (a._lanes & Vector256.Create((ulong)uint.MaxValue)) * Vector256.Create((ulong)factor));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreUniforms(CounterLanes256 r0, CounterLanes256 r1, CounterLanes256 r2, CounterLanes256 r3, float* uniforms)
    {
        Vector256<ulong> low = Vector256.Create((ulong)uint.MaxValue);
        Vector256<ulong> front = (r0._lanes & low) | Vector256.ShiftLeft(r1._lanes, 32),
            back = (r2._lanes & low) | Vector256.ShiftLeft(r3._lanes, 32);
        Store(
            Avx2.IsSupported
                ? Avx2.UnpackLow(front, back)
                : Vector256.Create(front.GetElement(0), back.GetElement(0), front.GetElement(2), back.GetElement(2)),
            uniforms);
        Store(
            Avx2.IsSupported
                ? Avx2.UnpackHigh(front, back)
                : Vector256.Create(front.GetElement(1), back.GetElement(1), front.GetElement(3), back.GetElement(3)),
            uniforms + Vector256<float>.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector256<ulong> numbers, float* uniforms) => (Vector256.ConvertToSingle(
        Vector256.ShiftRightLogical(numbers.AsUInt32(), 8).AsInt32()) * Vector256.Create(CounterRandom.Unit)).Store(uniforms);
}

/// <summary>8 blocks.</summary>
internal readonly unsafe struct CounterLanes512 : ICounterLanes<CounterLanes512>
{
    private readonly Vector512<ulong> _lanes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private CounterLanes512(Vector512<ulong> lanes) => _lanes = lanes;

    public static int Count => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static CounterLanes512 Create(ulong value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static CounterLanes512 Blocks(ulong first) =>
        new(Vector512.Create(first) + Vector512.Create(0UL, 4UL, 1UL, 5UL, 2UL, 6UL, 3UL, 7UL));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static CounterLanes512 High(CounterLanes512 a) => new(Vector512.ShiftRightLogical(a._lanes, 32));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static CounterLanes512 Xor(CounterLanes512 a, CounterLanes512 b, CounterLanes512 c) => new(a._lanes ^ b._lanes ^ c._lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static CounterLanes512 Multiply(CounterLanes512 a, uint factor) => new(Avx512F.IsSupported
        ? Avx512F.Multiply(a._lanes.AsUInt32(), Vector512.Create((ulong)factor).AsUInt32())
        : (a._lanes & Vector512.Create((ulong)uint.MaxValue)) * Vector512.Create((ulong)factor));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreUniforms(CounterLanes512 r0, CounterLanes512 r1, CounterLanes512 r2, CounterLanes512 r3, float* uniforms)
    {
        Vector512<ulong> low = Vector512.Create((ulong)uint.MaxValue);
        Vector512<ulong> front = (r0._lanes & low) | Vector512.ShiftLeft(r1._lanes, 32),
            back = (r2._lanes & low) | Vector512.ShiftLeft(r3._lanes, 32);
        Store(
            Avx512F.IsSupported
                ? Avx512F.UnpackLow(front, back)
                : Vector512.Create(front.GetElement(0), back.GetElement(0), front.GetElement(2), back.GetElement(2),
                    front.GetElement(4), back.GetElement(4), front.GetElement(6), back.GetElement(6)),
            uniforms);
        Store(
            Avx512F.IsSupported
                ? Avx512F.UnpackHigh(front, back)
                : Vector512.Create(front.GetElement(1), back.GetElement(1), front.GetElement(3), back.GetElement(3),
                    front.GetElement(5), back.GetElement(5), front.GetElement(7), back.GetElement(7)),
            uniforms + Vector512<float>.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector512<ulong> numbers, float* uniforms) => (Vector512.ConvertToSingle(
        Vector512.ShiftRightLogical(numbers.AsUInt32(), 8).AsInt32()) * Vector512.Create(CounterRandom.Unit)).Store(uniforms);
}
