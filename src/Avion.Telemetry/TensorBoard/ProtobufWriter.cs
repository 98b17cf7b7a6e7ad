using System.Numerics;

namespace Avion.Telemetry;

/// <summary>Writes the few protobuf fields that TensorBoard events need, into a buffer that is reused.</summary>
internal sealed class ProtobufWriter
{
    private byte[] _buffer = new byte[512];
    private int _count;

    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, _count);

    public void Clear() => _count = 0;

    public void Varint(int field, long value)
    {
        Tag(field, wireType: 0);
        RawVarint((ulong)value);
    }

    public void Double(int field, double value)
    {
        Tag(field, wireType: 1);
        BinaryPrimitives.WriteDoubleLittleEndian(Reserve(8), value);
    }

    public void Float(int field, float value)
    {
        Tag(field, wireType: 5);
        BinaryPrimitives.WriteSingleLittleEndian(Reserve(4), value);
    }

    public void Text(int field, string value)
    {
        MessageHeader(field, Encoding.UTF8.GetByteCount(value));
        RawText(value);
    }

    /// <summary>Writes a piece of a text whose header is already written.</summary>
    public void RawText(string value) => Encoding.UTF8.GetBytes(value, Reserve(Encoding.UTF8.GetByteCount(value)));

    /// <summary>Begins a nested message whose encoded length is known.</summary>
    public void MessageHeader(int field, int length)
    {
        Tag(field, wireType: 2);
        RawVarint((ulong)length);
    }

    public static int VarintLength(ulong value) => Math.Max(1, (BitOperations.Log2(value | 1) / 7) + 1);

    private void Tag(int field, int wireType) => RawVarint((ulong)((field << 3) | wireType));

    private void RawVarint(ulong value)
    {
        while (value >= 0x80)
        {
            Reserve(1)[0] = (byte)(value | 0x80);
            value >>= 7;
        }

        Reserve(1)[0] = (byte)value;
    }

    private Span<byte> Reserve(int count)
    {
        if (_count + count > _buffer.Length)
        {
            Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, _count + count));
        }

        _count += count;
        return _buffer.AsSpan(_count - count, count);
    }
}
