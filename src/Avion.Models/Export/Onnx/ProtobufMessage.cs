using System.Numerics;

namespace Avion.Models;

/// <summary>A protobuf message that grows field by field; what ONNX files are made of.</summary>
/// <remarks>
/// A field is a tag, <c>number · 8 + kind</c>, and a value: a varint (kind 0), four bytes (kind 5), or a length and so many bytes (kind 2),
/// which are a text or an inner message. Source: Protocol Buffers, "Encoding".
/// </remarks>
internal sealed class ProtobufMessage
{
    private const int Varint = 0, Delimited = 2, FourBytes = 5;

    private readonly MemoryStream _bytes = new();

    /// <summary>Bytes so far.</summary>
    public long Length => _bytes.Length;

    /// <summary>Adds a number.</summary>
    public ProtobufMessage Add(int field, long value)
    {
        WriteVarint(_bytes, Tag(field, Varint));
        WriteVarint(_bytes, (ulong)value);
        return this;
    }

    /// <summary>Adds a number of single precision.</summary>
    public ProtobufMessage Add(int field, float value)
    {
        WriteVarint(_bytes, Tag(field, FourBytes));
        Span<byte> bytes = stackalloc byte[sizeof(float)];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
        _bytes.Write(bytes);
        return this;
    }

    /// <summary>Adds a text.</summary>
    public ProtobufMessage Add(int field, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        WriteHeader(_bytes, field, bytes.Length);
        _bytes.Write(bytes);
        return this;
    }

    /// <summary>Adds an inner message.</summary>
    public ProtobufMessage Add(int field, ProtobufMessage inner)
    {
        WriteHeader(_bytes, field, inner.Length);
        inner.WriteTo(_bytes);
        return this;
    }

    /// <summary>Adds a field once for each of many values.</summary>
    public ProtobufMessage AddEach<T>(int field, IEnumerable<T> values, Action<ProtobufMessage, int, T> add)
    {
        foreach (T value in values)
        {
            add(this, field, value);
        }

        return this;
    }

    /// <summary>Writes the bytes so far.</summary>
    public void WriteTo(Stream stream) => _bytes.WriteTo(stream);

    /// <summary>Begins a field of so many bytes, which the caller writes after it.</summary>
    public static void WriteHeader(Stream stream, int field, long length)
    {
        WriteVarint(stream, Tag(field, Delimited));
        WriteVarint(stream, (ulong)length);
    }

    /// <summary>Bytes of a field of so many bytes, with its header.</summary>
    public static long LengthOfField(int field, long length) => VarintLength(Tag(field, Delimited)) + VarintLength((ulong)length) + length;

    private static ulong Tag(int field, int kind) => ((ulong)field << 3) | (uint)kind;

    private static int VarintLength(ulong value) => (BitOperations.Log2(value | 1) / 7) + 1;

    private static void WriteVarint(Stream stream, ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            stream.WriteByte((byte)(value | 0x80));
        }

        stream.WriteByte((byte)value);
    }
}
