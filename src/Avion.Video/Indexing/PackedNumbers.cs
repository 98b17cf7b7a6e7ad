using System.Buffers;

namespace Avion.Video;

/// <summary>Writes integers in seven bits a byte (LEB128), the lowest first; signed ones zigzag, so
/// that small differences take one byte.</summary>
internal readonly struct PackedNumberWriter(ArrayBufferWriter<byte> output)
{
    private const int MaximumBytes = 10;

    public void Unsigned(ulong value)
    {
        Span<byte> target = output.GetSpan(MaximumBytes);
        int count = 0;
        while (value >= 0x80)
        {
            target[count++] = (byte)(value | 0x80);
            value >>= 7;
        }

        target[count++] = (byte)value;
        output.Advance(count);
    }

    public void Signed(long value) => Unsigned((ulong)((value << 1) ^ (value >> 63)));

    public void Bytes(ReadOnlySpan<byte> bytes)
    {
        Unsigned((ulong)bytes.Length);
        output.Write(bytes);
    }

    public void Text(string text) => Bytes(Encoding.UTF8.GetBytes(text));
}

/// <summary>Reads what <see cref="PackedNumberWriter"/> wrote, from bytes that nobody vouches for.</summary>
internal ref struct PackedNumberReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    /// <summary>Bytes not read yet.</summary>
    public readonly int Remaining => _rest.Length;

    public static InvalidDataException Contradiction() => new("the index contradicts itself");

    public ulong Unsigned()
    {
        ulong value = 0;
        for (int index = 0; index < _rest.Length && index < 10; index++)
        {
            value |= (ulong)(_rest[index] & 0x7F) << (7 * index);
            if (_rest[index] < 0x80)
            {
                _rest = _rest[(index + 1)..];
                return value;
            }
        }

        throw Contradiction();
    }

    public long Signed()
    {
        ulong value = Unsigned();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    /// <summary>A number of bytes or ticks.</summary>
    public long NonNegative()
    {
        ulong value = Unsigned();
        return value <= long.MaxValue ? (long)value : throw Contradiction();
    }

    /// <summary>A number from 0 to a limit.</summary>
    public int Count(int limit)
    {
        ulong value = Unsigned();
        return value <= (ulong)Math.Max(0, limit) ? (int)value : throw Contradiction();
    }

    public byte[] Bytes()
    {
        int length = Count(_rest.Length);
        // The length itself is already taken, so the limit holds for what follows it.
        if (length > _rest.Length)
        {
            throw Contradiction();
        }

        byte[] bytes = _rest[..length].ToArray();
        _rest = _rest[length..];
        return bytes;
    }

    public string Text() => Encoding.UTF8.GetString(Bytes());
}
