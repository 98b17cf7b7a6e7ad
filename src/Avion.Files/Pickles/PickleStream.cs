namespace Avion.Files;

/// <summary>Buffered reading of a pickle that knows where it is and never believes a length that the file cannot hold.</summary>
public sealed class PickleStream : IDisposable
{
    /// <summary>Longer texts are left in the file: an array's data, which protocol 2 writes as text.</summary>
    internal const int LongestText = 1 << 20;

    private const int BufferBytes = 1 << 16;

    // The longest line of protocol 0, which has to be read whole.
    private const int LongestLine = 1 << 26;

    private readonly Stream _file;
    private readonly byte[] _buffer = new byte[BufferBytes];
    private long _bufferStart;
    private int _at, _end;

    /// <summary>Opens a file.</summary>
    /// <exception cref="FileFaultException">It cannot be opened.</exception>
    public PickleStream(string path)
        : this(Open(path), path)
    {
    }

    /// <summary>Takes over a stream of known length; <paramref name="path"/> is for messages.</summary>
    public PickleStream(Stream stream, string path) => (_file, Length, Path) = (stream, stream.Length, path);

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Bytes of the stream.</summary>
    public long Length { get; }

    /// <summary>The next byte.</summary>
    public long Position
    {
        get => _bufferStart + _at;
        set
        {
            if (value >= _bufferStart && value <= _bufferStart + _end)
            {
                _at = (int)(value - _bufferStart);
                return;
            }

            _file.Position = value;
            _bufferStart = value;
            (_at, _end) = (0, 0);
        }
    }

    /// <summary>Fills a buffer.</summary>
    public void Read(Span<byte> destination)
    {
        while (destination.Length > 0)
        {
            if (_at == _end)
            {
                Fill();
            }

            int count = Math.Min(_end - _at, destination.Length);
            _buffer.AsSpan(_at, count).CopyTo(destination);
            _at += count;
            destination = destination[count..];
        }
    }

    /// <inheritdoc />
    public void Dispose() => _file.Dispose();

    /// <summary>An error that names the file and the place in it.</summary>
    internal FileFaultException Error(string fault, Exception? inner = null) => new(Path, $"at byte {Position}, {fault}", inner);

    internal byte ReadByte()
    {
        if (_at == _end)
        {
            Fill();
        }

        return _buffer[_at++];
    }

    /// <summary>A little-endian unsigned number of one to eight bytes.</summary>
    internal ulong ReadUnsigned(int bytes)
    {
        Span<byte> value = stackalloc byte[8];
        value.Clear();
        Read(value[..bytes]);
        return BinaryPrimitives.ReadUInt64LittleEndian(value);
    }

    /// <summary>A length, refused where the file has not so many bytes left.</summary>
    internal long ReadLength(int bytes)
    {
        ulong length = ReadUnsigned(bytes);
        return length <= (ulong)(Length - Position) ? (long)length : throw new FileFaultException($"it declares {length} bytes, but the "
            + $"file has {Length - Position} left");
    }

    /// <summary>Text of so many bytes, or null where they are not UTF-8.</summary>
    internal string? ReadText(int bytes)
    {
        if (_end - _at < bytes)
        {
            return PickleText.Decode(ReadBytes(bytes));
        }

        _at += bytes;
        return PickleText.Decode(_buffer.AsSpan(_at - bytes, bytes));
    }

    internal byte[] ReadBytes(long count)
    {
        byte[] bytes = new byte[count];
        Read(bytes);
        return bytes;
    }

    internal void Skip(long count) => Position += count;

    /// <summary>The text up to the end of the line, as the argument of a protocol 0 opcode; Latin-1.</summary>
    internal string ReadLine()
    {
        StringBuilder line = new();
        for (byte value; (value = ReadByte()) != '\n';)
        {
            if (line.Length == LongestLine)
            {
                throw new FileFaultException($"a line of text is longer than {LongestLine >> 20} MiB");
            }

            line.Append((char)value);
        }

        return line.ToString();
    }

    internal void SkipLine()
    {
        while (ReadByte() != '\n')
        {
        }
    }

    private static FileStream Open(string path)
    {
        try
        {
            return RegularFile.OpenStream(path, bufferBytes: 0);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new FileFaultException(path, error.Message.TrimEnd('.'), error);
        }
    }

    private void Fill()
    {
        _bufferStart += _end;
        _at = 0;
        _end = 0;
        _end = _file.Read(_buffer);
        if (_end == 0)
        {
            throw new FileFaultException("the file ends in the middle of a value");
        }
    }
}
