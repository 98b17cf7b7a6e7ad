using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Avion.Data;

/// <summary>Millions of texts as UTF-8, close together: a text takes its bytes and four more, where a string takes over fifty.</summary>
/// <remarks>
/// Texts lie one after the other in blocks; none lies across two blocks, so each can be handed out without a copy. Kept is where each ends,
/// counted from the first of its page: it begins where the one before ends, or with the block, if that one ends in an earlier block.
/// </remarks>
public sealed class CaptionStore
{
    private const int BlockBits = 24, BlockBytes = 1 << BlockBits, SmallestBlock = 1 << 10;
    private const int PageBits = 10;

    /// <summary>Bytes that no text reaches.</summary>
    internal const int LongestText = 1 << 20;

    private readonly List<byte[]> _blocks = [];
    private readonly Column<long> _pages = new();
    private readonly Column<uint> _ends = new();
    private long _position;

    /// <summary>Texts in the store.</summary>
    public int Count => _ends.Count;

    /// <summary>Bytes of all texts together.</summary>
    public long ByteCount { get; private set; }

    /// <summary>Memory that the store takes, in bytes.</summary>
    public long MemoryBytes => _blocks.Sum(block => (long)block.Length) + ((long)Count * sizeof(uint));

    /// <summary>A text as UTF-8.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such text.</exception>
    public ReadOnlyMemory<byte> this[int id]
    {
        get
        {
            (int block, int offset, int length) = Find(id);
            return length == 0 ? default : new ReadOnlyMemory<byte>(_blocks[block], offset, length);
        }
    }

    /// <summary>Adds a text and returns its number.</summary>
    /// <exception cref="DataException">It is longer than a mebibyte.</exception>
    public int Add(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length >= LongestText)
        {
            throw new DataException($"A caption has {utf8.Length} bytes, expected fewer than {LongestText}.");
        }

        int used = (int)(_position & (BlockBytes - 1));
        if (used + utf8.Length > BlockBytes || (used == 0 && utf8.Length > 0 && _position >> BlockBits == _blocks.Count))
        {
            _position = (long)_blocks.Count << BlockBits;
            _blocks.Add(LargeArray.Allocate<byte>(_blocks.Count == 0 ? SmallestBlock : BlockBytes));
            used = 0;
        }

        if (utf8.Length > 0)
        {
            Grow(used + utf8.Length);
            utf8.CopyTo(_blocks[^1].AsSpan(used));
        }

        if ((Count & ((1 << PageBits) - 1)) == 0)
        {
            _pages.Add(_position);
        }

        _position += utf8.Length;
        ByteCount += utf8.Length;
        _ends.Add((uint)(_position - _pages[_pages.Count - 1]));
        return Count - 1;
    }

    /// <inheritdoc cref="Add(ReadOnlySpan{byte})"/>
    public int Add(string caption) => Add(Encoding.UTF8.GetBytes(caption));

    /// <summary>A text as a string.</summary>
    public string Text(int id) => Encoding.UTF8.GetString(this[id].Span);

    internal ReadOnlySpan<byte> Utf8(int id)
    {
        (int block, int offset, int length) = Find(id);
        return length == 0 ? [] : _blocks[block].AsSpan(offset, length);
    }

    /// <summary>Writes all texts, and how they lie.</summary>
    internal void Write(CacheWriter writer)
    {
        writer.Write(_position);
        writer.Write(ByteCount);
        writer.Write(_pages);
        writer.Write(_ends);
        for (int block = 0; block < _blocks.Count; block++)
        {
            writer.Write(_blocks[block].AsSpan(0, (int)Math.Min(BlockBytes, _position - ((long)block << BlockBits))));
        }
    }

    /// <summary>Adds all texts to a digest, each with its length, however they lie in memory.</summary>
    internal void AppendTo(IncrementalHash digest)
    {
        // Calls for texts of a few words would cost more than the digest.
        byte[] gathered = new byte[sizeof(int) + LongestText];
        int used = 0;
        for (int id = 0; id < Count; id++)
        {
            ReadOnlySpan<byte> text = Utf8(id);
            if (used + sizeof(int) + text.Length > gathered.Length)
            {
                digest.AppendData(gathered, 0, used);
                used = 0;
            }

            BinaryPrimitives.WriteInt32LittleEndian(gathered.AsSpan(used), text.Length);
            text.CopyTo(gathered.AsSpan(used + sizeof(int)));
            used += sizeof(int) + text.Length;
        }

        digest.AppendData(gathered, 0, used);
    }

    /// <summary>Reads what was written into an empty store.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    internal void Read(CacheReader reader)
    {
        (_position, ByteCount) = (reader.ReadInt64(), reader.ReadInt64());
        reader.Read(_pages);
        reader.Read(_ends);
        reader.Expect(_pages.Count == (Count + (1 << PageBits) - 1) >> PageBits && _position <= reader.Remaining && ByteCount <= _position);
        for (long start = 0; start < _position; start += BlockBytes)
        {
            byte[] block = LargeArray.Allocate<byte>((int)Math.Min(BlockBytes, _position - start));
            reader.Read(block);
            _blocks.Add(block);
        }

        reader.Expect(EndsAreInOrder());
    }

    private bool EndsAreInOrder()
    {
        long end = 0;
        for (int block = 0, id = 0; block < _ends.BlockCount; block++)
        {
            foreach (uint inPage in _ends.Span(block))
            {
                long page = _pages[id++ >> PageBits], next = page + inPage;
                if (page < 0 || next < end || next > _position || next - Math.Max(end, page) >= BlockBytes)
                {
                    return false;
                }

                end = next;
            }
        }

        return true;
    }

    private (int Block, int Offset, int Length) Find(int id)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)id, (uint)Count, nameof(id));
        long page = _pages[id >> PageBits], end = page + _ends[id];
        long start = (id & ((1 << PageBits) - 1)) == 0 ? page : page + _ends[id - 1];
        if (start == end)
        {
            return (0, 0, 0);
        }

        int block = (int)((end - 1) >> BlockBits);
        start = Math.Max(start, (long)block << BlockBits);
        return (block, (int)(start & (BlockBytes - 1)), (int)(end - start));
    }

    /// <summary>Makes the last block as long as its content; only the first begins small.</summary>
    private void Grow(int bytes)
    {
        if (_blocks[^1].Length < bytes)
        {
            byte[] grown = LargeArray.Allocate<byte>((int)Math.Min(BlockBytes,
                2 * System.Numerics.BitOperations.RoundUpToPowerOf2((uint)bytes)));
            _blocks[^1].CopyTo(grown, 0);
            _blocks[^1] = grown;
        }
    }
}
