namespace Avion.Data;

/// <summary>Lines of a text file as bytes, in bounded memory, without their line feeds.</summary>
internal sealed class TextLines : IDisposable
{
    private const int LongestLineBytes = 16 << 20;

    private readonly FileStream _file;
    private byte[] _buffer = new byte[1 << 18];
    private int _start, _end, _length;
    private bool _isAtEnd;

    /// <exception cref="DataException">The file cannot be read.</exception>
    public TextLines(string path)
    {
        Path = path;
        try
        {
            _file = RegularFile.OpenStream(path, bufferBytes: 0);
            Fill();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            _file?.Dispose();
            throw new DataException(error.Message.Contains(path, StringComparison.Ordinal) ? error.Message : $"Cannot read '{path}': "
                + $"{error.Message}", error);
        }

        ReadOnlySpan<byte> begin = _buffer.AsSpan(0, _end);
        if (begin.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || begin.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]))
        {
            _file.Dispose();
            throw new DataException($"'{path}' line 1: the file is in UTF-16, expected UTF-8. Save it as UTF-8.");
        }

        _start = begin.StartsWith("\uFEFF"u8) ? 3 : 0;
    }

    public string Path { get; }

    /// <summary>Number of the current line, from 1.</summary>
    public int Number { get; private set; }

    /// <summary>The current line; valid until the next is read.</summary>
    public ReadOnlySpan<byte> Current => _buffer.AsSpan(_start, _length);

    /// <summary>Goes to the next line; false at the end.</summary>
    /// <exception cref="DataException">The file cannot be read, or a line is longer than 16 MiB.</exception>
    public bool Read()
    {
        if (Number > 0)
        {
            _start = Math.Min(_end, _start + _length + 1);
        }

        int searched = 0;
        while (true)
        {
            int feed = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf((byte)'\n');
            if (feed >= 0)
            {
                (_length, Number) = (searched + feed, Number + 1);
                return true;
            }

            searched = _end - _start;
            if (_isAtEnd)
            {
                (_length, Number) = (searched, Number + 1);
                return searched > 0;
            }

            if (searched > LongestLineBytes)
            {
                // Nothing after it can be told apart either.
                (_start, _end, _isAtEnd) = (0, 0, true);
                throw new DataException($"'{Path}' line {Number + 1}: the line is longer than {LongestLineBytes >> 20} MiB, expected one "
                    + "clip a line.");
            }

            Fill();
        }
    }

    public void Dispose() => _file.Dispose();

    private void Fill()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        if (_end == _buffer.Length)
        {
            Array.Resize(ref _buffer, 2 * _buffer.Length);
        }

        int read;
        try
        {
            read = _file.Read(_buffer.AsSpan(_end));
        }
        catch (IOException error) when (Number > 0)
        {
            (_start, _end, _isAtEnd) = (0, 0, true);
            throw new DataException($"Cannot read '{Path}' after line {Number}: {error.Message}", error);
        }

        _end += read;
        _isAtEnd = read == 0;
    }
}
