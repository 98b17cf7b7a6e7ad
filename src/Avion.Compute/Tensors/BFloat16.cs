using System.Globalization;
using System.Numerics;

namespace Avion.Compute;

/// <summary>The upper half of a float32: its sign and range with 8 significant bits. Numbers are stored in it; arithmetic is
/// float32's.</summary>
public readonly struct BFloat16 : IEquatable<BFloat16>, IComparisonOperators<BFloat16, BFloat16, bool>
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

    /// <inheritdoc />
    public static bool operator ==(BFloat16 left, BFloat16 right) => (float)left == right;

    /// <inheritdoc />
    public static bool operator !=(BFloat16 left, BFloat16 right) => (float)left != right;

    /// <inheritdoc />
    public static bool operator <(BFloat16 left, BFloat16 right) => (float)left < right;

    /// <inheritdoc />
    public static bool operator >(BFloat16 left, BFloat16 right) => (float)left > right;

    /// <inheritdoc />
    public static bool operator <=(BFloat16 left, BFloat16 right) => (float)left <= right;

    /// <inheritdoc />
    public static bool operator >=(BFloat16 left, BFloat16 right) => (float)left >= right;

    /// <inheritdoc />
    public bool Equals(BFloat16 other) => ((float)this).Equals(other);

    /// <inheritdoc />
    public override bool Equals(object? obj) => obj is BFloat16 other && Equals(other);

    /// <inheritdoc />
    public override int GetHashCode() => ((float)this).GetHashCode();

    /// <summary>For messages.</summary>
    public override string ToString() => ((float)this).ToString(CultureInfo.InvariantCulture);
}
