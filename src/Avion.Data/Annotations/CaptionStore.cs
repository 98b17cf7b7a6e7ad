namespace Avion.Data;

/// <summary>Millions of captions as UTF-8, close together: a caption takes its bytes and eight more, where a string takes over
/// fifty.</summary>
public sealed class CaptionStore
{
    private const int BlockBytes = 1 << 20;
    private const int LengthBits = 20, OffsetBits = 20;

    private readonly List<byte[]> _blocks = [];
    private readonly List<ulong> _places = [];
    private int _used = BlockBytes;

    /// <summary>Captions in the store.</summary>
    public int Count => _places.Count;

    /// <summary>A caption as UTF-8.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such caption.</exception>
    public ReadOnlyMemory<byte> this[int id]
    {
        get
        {
            ulong place = _places[id];
            int length = (int)(place & ((1UL << LengthBits) - 1));
            int offset = (int)((place >> LengthBits) & ((1UL << OffsetBits) - 1));
            return new ReadOnlyMemory<byte>(_blocks[(int)(place >> (LengthBits + OffsetBits))], offset, length);
        }
    }

    /// <summary>Adds a caption and returns its number.</summary>
    /// <exception cref="DataException">The caption is longer than a mebibyte.</exception>
    public int Add(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length >= BlockBytes)
        {
            throw new DataException($"A caption has {utf8.Length} bytes, expected fewer than {BlockBytes}.");
        }

        if (BlockBytes - _used < utf8.Length || _blocks.Count == 0)
        {
            _blocks.Add(new byte[BlockBytes]);
            _used = 0;
        }

        utf8.CopyTo(_blocks[^1].AsSpan(_used));
        _places.Add(((ulong)(_blocks.Count - 1) << (LengthBits + OffsetBits)) | ((ulong)_used << LengthBits) | (uint)utf8.Length);
        _used += utf8.Length;
        return _places.Count - 1;
    }

    /// <inheritdoc cref="Add(ReadOnlySpan{byte})"/>
    public int Add(string caption) => Add(Encoding.UTF8.GetBytes(caption));

    /// <summary>A caption as text.</summary>
    public string Text(int id) => Encoding.UTF8.GetString(this[id].Span);
}
