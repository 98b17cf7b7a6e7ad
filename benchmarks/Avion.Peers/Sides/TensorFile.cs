using System.Runtime.InteropServices;

namespace Avion.Peers;

/// <summary>Named tensors in a file, in which one side tells the other its weights, its batch and its results.</summary>
/// <remarks>One after the other: name, extents, bytes of the data, data. Read by streaming, so that the peak of memory is that of the work.</remarks>
internal sealed class TensorFileWriter(string path) : IDisposable
{
    private readonly BinaryWriter _writer = new(File.Create(path));

    public void Add<T>(string name, ReadOnlySpan<long> shape, ReadOnlySpan<T> values) where T : unmanaged
    {
        _writer.Write(name);
        _writer.Write(shape.Length);
        foreach (long extent in shape)
        {
            _writer.Write(extent);
        }

        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(values);
        _writer.Write((long)bytes.Length);
        _writer.Write(bytes);
    }

    public void Add(string name, Shape shape, float[] values) =>
        Add(name, Array.ConvertAll(shape.ToArray(), extent => (long)extent), (ReadOnlySpan<float>)values);

    public void Dispose() => _writer.Dispose();
}

/// <summary>Reads what <see cref="TensorFileWriter"/> wrote.</summary>
internal sealed class TensorFileReader : IDisposable
{
    private readonly FileStream _stream;
    private readonly Dictionary<string, (long[] Shape, long Start, long Bytes)> _entries = [];

    public TensorFileReader(string path)
    {
        _stream = File.OpenRead(path);
        using BinaryReader reader = new(_stream, Encoding.UTF8, leaveOpen: true);
        while (_stream.Position < _stream.Length)
        {
            string name = reader.ReadString();
            long[] shape = [.. Enumerable.Range(0, reader.ReadInt32()).Select(_ => reader.ReadInt64())];
            long bytes = reader.ReadInt64();
            _entries.Add(name, (shape, _stream.Position, bytes));
            _stream.Position += bytes;
        }
    }

    public IEnumerable<string> Names => _entries.Keys;

    public long[] ShapeOf(string name) => _entries[name].Shape;

    public void Read(string name, Span<byte> destination)
    {
        (_, long start, long bytes) = _entries[name];
        if (bytes != destination.Length)
        {
            throw new PeerException($"{name} has {bytes} bytes in the exchange file, expected {destination.Length}.");
        }

        _stream.Position = start;
        _stream.ReadExactly(destination);
    }

    public T[] Read<T>(string name) where T : unmanaged
    {
        T[] values = new T[_entries[name].Bytes / Marshal.SizeOf<T>()];
        Read(name, MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    public void Dispose() => _stream.Dispose();
}
