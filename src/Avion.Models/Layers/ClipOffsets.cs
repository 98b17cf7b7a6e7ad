using System.Runtime.InteropServices;

namespace Avion.Models;

/// <summary>The offsets of sequences that all have one length, kept between steps.</summary>
/// <remarks>Grown, never moved while a step may hold its offsets: older tables live until the owner is disposed.</remarks>
internal sealed unsafe class ClipOffsets : IDisposable
{
    private readonly int _length;
    private Table? _tables;

    /// <summary>Serves sequences of <paramref name="length"/> tokens.</summary>
    public ClipOffsets(int length) => _length = length;

    /// <summary>The offsets of <paramref name="count"/> sequences; allocates only when more are asked for than ever before.</summary>
    public SequenceOffsets For(int count)
    {
        if (_tables is null || _tables.Capacity < count)
        {
            _tables = new Table(Math.Max(count, 2 * (_tables?.Capacity ?? 0)), _length, _tables);
        }

        return new SequenceOffsets(_tables.Offsets, count);
    }

    public void Dispose()
    {
        for (Table? table = _tables; table is not null; table = table.Older)
        {
            NativeMemory.Free(table.Offsets);
        }

        _tables = null;
    }

    private sealed class Table
    {
        public Table(int capacity, int length, Table? older)
        {
            Capacity = checked((int)Math.Min(capacity, int.MaxValue / (long)length));
            Older = older;
            Offsets = (int*)NativeMemory.Alloc((nuint)Capacity + 1, sizeof(int));
            for (int i = 0; i <= Capacity; i++)
            {
                Offsets[i] = i * length;
            }
        }

        public int Capacity { get; }

        public Table? Older { get; }

        public int* Offsets { get; }
    }
}
