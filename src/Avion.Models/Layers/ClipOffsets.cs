namespace Avion.Models;

/// <summary>The offsets of sequences that all have one length, kept between steps.</summary>
/// <remarks>Grown, never moved while a step may hold its offsets: older tables live until the owner is disposed.</remarks>
internal sealed class ClipOffsets : IDisposable
{
    private readonly int _length;
    private readonly List<SequenceTable> _tables = [];

    /// <summary>Serves sequences of <paramref name="length"/> tokens.</summary>
    public ClipOffsets(int length) => _length = length;

    /// <summary>The offsets of <paramref name="count"/> sequences; allocates only when more are asked for than ever before.</summary>
    public SequenceOffsets For(Device device, int count)
    {
        if (_tables.Count == 0 || _tables[^1].Capacity < count)
        {
            int capacity = _tables.Count == 0 ? count : Math.Max(count, 2 * _tables[^1].Capacity);
            SequenceTable table = new(device);
            table.SetEqual(_length, (int)Math.Min(capacity, int.MaxValue / (long)_length));
            _tables.Add(table);
        }

        return _tables[^1].First(count);
    }

    public void Dispose()
    {
        _tables.ForEach(table => table.Dispose());
        _tables.Clear();
    }
}
