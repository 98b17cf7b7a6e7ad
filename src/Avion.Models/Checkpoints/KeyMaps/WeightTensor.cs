namespace Avion.Models;

/// <summary>A tensor on its way from one file to another: its new name and shape, and where its numbers come from.</summary>
internal sealed class WeightTensor
{
    private readonly TensorArchive? _archive;
    private readonly TensorEntry? _source;
    private readonly byte[]? _bytes;

    private WeightTensor(TensorEntry entry, TensorArchive? archive, TensorEntry? source, byte[]? bytes) =>
        (Entry, _archive, _source, _bytes) = (entry, archive, source, bytes);

    /// <summary>Name, type and shape to write.</summary>
    public TensorEntry Entry { get; }

    public string Name => Entry.Name;

    /// <summary>A tensor of a file, which stays there until it is read.</summary>
    public static WeightTensor Of(TensorArchive archive, TensorEntry source) => new(source, archive, source, null);

    /// <summary>A tensor in memory.</summary>
    public static WeightTensor Of(string name, ElementType type, ReadOnlySpan<long> extents, byte[] bytes) =>
        new(new TensorEntry(name, type, extents), null, null, bytes);

    /// <summary>The same numbers under another name.</summary>
    public WeightTensor Named(string name) => new(new TensorEntry(name, Entry.Type, Entry.Extents), _archive, _source, _bytes);

    /// <summary>The same numbers under another shape.</summary>
    public WeightTensor Shaped(params ReadOnlySpan<long> extents) =>
        new(new TensorEntry(Name, Entry.Type, extents), _archive, _source, _bytes);

    /// <summary>Copies elements as they are stored.</summary>
    public void Read(long firstElement, Span<byte> destination)
    {
        if (_bytes is not null)
        {
            _bytes.AsSpan(checked((int)(firstElement * Entry.Type.SizeInBytes())), destination.Length).CopyTo(destination);
        }
        else
        {
            _archive!.ReadBytes(_source!, firstElement, destination);
        }
    }

    /// <summary>All elements, converted to float32.</summary>
    public float[] ReadFloats()
    {
        float[] values = new float[Entry.ElementCount];
        ElementConversion.ToFloat32(Entry.Type, ReadAll(), values);
        return values;
    }

    /// <summary>All bytes of a small tensor.</summary>
    public byte[] ReadAll()
    {
        byte[] bytes = new byte[checked((int)Entry.ByteCount)];
        Read(0, bytes);
        return bytes;
    }
}
