namespace Avion.Compute;

/// <summary>The upper half of a float32: its sign and range with 8 significant bits. A type to store numbers in; arithmetic is float32's.</summary>
public readonly struct BFloat16 : IEquatable<BFloat16>
{
    private const uint Quiet = 0x00400000, JustUnderHalf = 0x7FFF;

    private BFloat16(ushort bits) => Bits = bits;

    /// <summary>Sign, 8 bits of exponent, 7 of the fraction.</summary>
    public ushort Bits { get; }

    /// <summary>The number with these bits.</summary>
    public static BFloat16 FromBits(ushort bits) => new(bits);

    /// <summary>The nearest number, the even one of two equally near; beyond the largest infinity; what is not a number stays so.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static explicit operator BFloat16(float value)
    {
        // Adding just under half of the last bit kept, or half where that bit is odd, carries into it as rounding does. Of what is not a
        // number it could carry over the payload into infinity.
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return new((ushort)((float.IsNaN(value) ? bits | Quiet : bits + JustUnderHalf + ((bits >> 16) & 1)) >> 16));
    }

    /// <summary>The same number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static implicit operator float(BFloat16 value) => BitConverter.UInt32BitsToSingle((uint)value.Bits << 16);

    /// <summary>Whether the bits are the same.</summary>
    public static bool operator ==(BFloat16 a, BFloat16 b) => a.Bits == b.Bits;

    /// <summary>Whether the bits differ.</summary>
    public static bool operator !=(BFloat16 a, BFloat16 b) => a.Bits != b.Bits;

    /// <inheritdoc />
    public bool Equals(BFloat16 other) => Bits == other.Bits;

    /// <inheritdoc />
    public override bool Equals(object? obj) => obj is BFloat16 other && Bits == other.Bits;

    /// <inheritdoc />
    public override int GetHashCode() => Bits;

    /// <summary>For messages.</summary>
    public override string ToString() => ((float)this).ToString(System.Globalization.CultureInfo.InvariantCulture);
}
