using System.Buffers.Binary;

namespace Avion.Data;

/// <summary>Buffered reading of a pickle file that knows where it is and never believes a length that the file cannot hold.</summary>
internal sealed class PickleStream : IDisposable
{
    private const int BufferBytes = 1 << 16;

    // Longer strings are left in the file: an array's data, which protocol 2 writes as text.
    public const int LongestText = 1 << 20;

    // The longest line of protocol 0, which has to be read whole.
    private const int LongestLine = 1 << 26;

    private readonly FileStream _file;
    private readonly byte[] _buffer = new byte[BufferBytes];
    private long _bufferStart;
    private int _at, _end;

    public PickleStream(string path)
    {
        Path = path;
        try
        {
            _file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            Length = _file.Length;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"Cannot read the pickle '{path}': {error.Message}", error);
        }
    }

    public string Path { get; }

    public long Length { get; }

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

    /// <summary>An error that names the file and the place in it.</summary>
    public DataException Error(string problem) => new($"Cannot read the pickle '{Path}' at byte {Position}: {problem}");

    public byte ReadByte()
    {
        if (_at == _end)
        {
            Fill();
        }

        return _buffer[_at++];
    }

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

    /// <summary>A little-endian unsigned number of one to eight bytes.</summary>
    public ulong ReadUnsigned(int bytes)
    {
        Span<byte> value = stackalloc byte[8];
        value.Clear();
        Read(value[..bytes]);
        return BinaryPrimitives.ReadUInt64LittleEndian(value);
    }

    /// <summary>A length, refused where the file has not so many bytes left.</summary>
    public long ReadLength(int bytes)
    {
        ulong length = ReadUnsigned(bytes);
        return length <= (ulong)(Length - Position) ? (long)length : throw Error($"it declares {length} bytes, the file has "
            + $"{Length - Position} left.");
    }

    public byte[] ReadBytes(long count)
    {
        byte[] bytes = new byte[count];
        Read(bytes);
        return bytes;
    }

    public void Skip(long count) => Position += count;

    /// <summary>The text up to the end of the line, as the argument of a protocol 0 opcode; Latin-1.</summary>
    public string ReadLine()
    {
        StringBuilder line = new();
        for (byte value; (value = ReadByte()) != '\n';)
        {
            if (line.Length == LongestLine)
            {
                throw Error($"a line of text is longer than {LongestLine >> 20} MiB.");
            }

            line.Append((char)value);
        }

        return line.ToString();
    }

    public void Dispose() => _file.Dispose();

    private void Fill()
    {
        _bufferStart += _end;
        _at = 0;
        _end = _file.Read(_buffer);
        if (_end == 0)
        {
            throw Error("the file ends in the middle.");
        }
    }
}
