using System.Runtime.InteropServices;

namespace Avion.Data;

/// <summary>Numbers of one kind, millions of them: growing copies nothing but a small first block, and memory beyond the numbers
/// themselves is at most one block.</summary>
internal sealed class Column<T>
    where T : unmanaged
{
    private const int BlockBits = 21, BlockItems = 1 << BlockBits, SmallestBlock = 16;

    private readonly List<T[]> _blocks = [];

    /// <summary>Numbers in the column.</summary>
    public int Count { get; private set; }

    public ref T this[int index] => ref _blocks[index >> BlockBits][index & (BlockItems - 1)];

    /// <summary>Adds a number.</summary>
    public void Add(T value)
    {
        int at = Count & (BlockItems - 1);
        if (at == 0)
        {
            _blocks.Add(_blocks.Count == 0 ? new T[SmallestBlock] : LargeArray.Allocate<T>(BlockItems));
        }
        else if (at == _blocks[^1].Length)
        {
            T[] grown = LargeArray.Allocate<T>(Math.Min(4 * at, BlockItems));
            _blocks[^1].AsSpan(0, at).CopyTo(grown);
            _blocks[^1] = grown;
        }

        _blocks[^1][at] = value;
        Count = checked(Count + 1);
    }

    /// <summary>Hands over the bytes of all numbers, block by block.</summary>
    public void Write(Action<ReadOnlySpan<byte>> write)
    {
        for (int block = 0; block < _blocks.Count; block++)
        {
            write(MemoryMarshal.AsBytes(Span(block)));
        }
    }

    /// <summary>Adds so many numbers, whose bytes are filled block by block; the column has to be empty.</summary>
    public void Read(int count, Action<Span<byte>> fill)
    {
        while (Count < count)
        {
            T[] block = LargeArray.Allocate<T>(Math.Min(BlockItems, count - Count));
            fill(MemoryMarshal.AsBytes(block.AsSpan()));
            _blocks.Add(block);
            Count += block.Length;
        }
    }

    /// <summary>Blocks that hold numbers.</summary>
    public int BlockCount => _blocks.Count;

    /// <summary>The numbers of a block, for loops over all of them.</summary>
    public Span<T> Span(int block) => _blocks[block].AsSpan(0, Math.Min(BlockItems, Count - (block << BlockBits)));
}
