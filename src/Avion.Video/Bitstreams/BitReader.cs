namespace Avion.Video;

/// <summary>
/// Reads the fields of a header bit by bit, the highest bit of each byte first. Reading past the end gives zeros and sets
/// <see cref="IsPastEnd"/>, so that a header that was cut off or made up is noticed once, at its end.
/// </summary>
internal ref struct BitReader(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private long _position;

    /// <summary>Whether more was read than there is.</summary>
    public readonly bool IsPastEnd => _position > (long)_bytes.Length * 8;

    public bool Flag() => Bits(1) != 0;

    /// <summary>An unsigned number of up to 32 bits.</summary>
    public uint Bits(int count)
    {
        uint value = 0;
        for (int i = 0; i < count; i++)
        {
            long at = _position++ >> 3;
            uint bit = at < _bytes.Length ? (uint)(_bytes[(int)at] >> (int)(7 - ((_position - 1) & 7))) & 1 : 0;
            value = (value << 1) | bit;
        }

        return value;
    }

    public void Skip(int count) => _position += count;

    /// <summary>ue(v) of H.264 and HEVC, uvlc() of AV1: as many zeros as the number has bits behind its first 1, less one.</summary>
    public uint Exponential()
    {
        int zeros = 0;
        while (zeros < 32 && !IsPastEnd && !Flag())
        {
            zeros++;
        }

        return zeros >= 32 ? uint.MaxValue : (1u << zeros) - 1 + Bits(zeros);
    }

    /// <summary>se(v): 0, 1, −1, 2, −2 …</summary>
    public int SignedExponential()
    {
        uint value = Exponential();
        return (value & 1) != 0 ? (int)((value >> 1) + 1) : -(int)(value >> 1);
    }
}
