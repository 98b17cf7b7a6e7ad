using System.Runtime.InteropServices;

namespace Avion.Models;

/// <summary>Element types of ONNX, by its numbers.</summary>
internal enum OnnxType
{
    Float = 1,
    UInt8 = 2,
    Int32 = 6,
    Int64 = 7,
}

/// <summary>A constant of a graph: its numbers are written when the file is, in parts, so that no copy of a model is held.</summary>
internal sealed class OnnxTensor
{
    private const int PartElements = 1 << 18;

    private readonly Action<Stream> _write;

    private OnnxTensor(string name, OnnxType type, long[] extents, Action<Stream> write) =>
        (Name, Type, Extents, _write) = (name, type, extents, write);

    public string Name { get; }

    public OnnxType Type { get; }

    public IReadOnlyList<long> Extents { get; }

    public long ByteCount => Extents.Aggregate(Type == OnnxType.Int64 ? 8L : 4L, (product, extent) => product * extent);

    /// <summary>Whole numbers, such as a shape.</summary>
    public static OnnxTensor Of(string name, params long[] values) =>
        new(name, OnnxType.Int64, [values.Length], stream => stream.Write(MemoryMarshal.AsBytes<long>(values)));

    /// <summary>Numbers that the export computes.</summary>
    public static OnnxTensor Of(string name, float[] values, params long[] extents) =>
        new(name, OnnxType.Float, extents, stream => stream.Write(MemoryMarshal.AsBytes<float>(values)));

    /// <summary>A weight in float32, in the order of the file, under a shape of as many elements.</summary>
    public static OnnxTensor Of(string name, WeightTensor weight, params long[] extents) =>
        new(name, OnnxType.Float, extents, stream => Copy(weight, stream));

    /// <summary>A matrix [R, C] in float32 as [C, R], as products with activations on the left need it.</summary>
    public static OnnxTensor Transposed(string name, WeightTensor matrix)
    {
        long rows = matrix.Entry.Extents[0], columns = matrix.Entry.Extents[1];
        return new OnnxTensor(name, OnnxType.Float, [columns, rows], stream =>
        {
            float[] values = matrix.ReadFloats(), column = new float[rows];
            for (long c = 0; c < columns; c++)
            {
                for (long r = 0; r < rows; r++)
                {
                    column[r] = values[(r * columns) + c];
                }

                stream.Write(MemoryMarshal.AsBytes<float>(column));
            }
        });
    }

    /// <summary>Writes the elements, row-major, little-endian.</summary>
    public void WriteElements(Stream stream)
    {
        long before = stream.Position;
        _write(stream);
        if (stream.Position - before != ByteCount)
        {
            throw new InvalidOperationException(
                $"ONNX tensor '{Name}' has {stream.Position - before} bytes, expected {ByteCount}. This is a bug in Avion.");
        }
    }

    private static void Copy(WeightTensor weight, Stream stream)
    {
        byte[] stored = new byte[PartElements * weight.Entry.Type.SizeInBytes()];
        float[] values = new float[PartElements];
        for (long first = 0; first < weight.Entry.ElementCount; first += PartElements)
        {
            int count = (int)Math.Min(PartElements, weight.Entry.ElementCount - first);
            Span<byte> part = stored.AsSpan(0, count * weight.Entry.Type.SizeInBytes());
            weight.Read(first, part);
            ElementConversion.ToFloat32(weight.Entry.Type, part, values.AsSpan(0, count));
            stream.Write(MemoryMarshal.AsBytes(values.AsSpan(0, count)));
        }
    }
}
