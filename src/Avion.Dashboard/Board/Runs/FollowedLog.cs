namespace Avion.Dashboard;

/// <summary>A run's log that is read as it grows: each look reads what was added since the last one.</summary>
/// <remarks>A half-written last line waits for its end; one of more than 32 MB is left out. A log that was replaced
/// or cut off is read anew. Not thread-safe.</remarks>
/// <param name="path">The log.</param>
internal sealed class FollowedLog(string path)
{
    private const int PartBytes = 4 << 20;
    private const int LongestLine = 32 << 20;
    private const int MarkBytes = 256;

    private byte[] _mark = [];
    private long _position;
    private bool _isInLongLine;

    /// <summary>The file.</summary>
    public string Path => path;

    /// <summary>What the log has told.</summary>
    public RunHistory History { get; private set; } = new();

    /// <summary>Whole lines that are no entries of a log.</summary>
    public int DamagedLines { get; private set; }

    /// <summary>Reads what is new.</summary>
    /// <exception cref="IOException">The log cannot be read, or is gone.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public void Update()
    {
        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        if (IsAnother(stream))
        {
            (History, DamagedLines, _position, _mark, _isInLongLine) = (new RunHistory(), 0, 0, [], false);
        }

        byte[] part = [];
        int held = 0;
        while (true)
        {
            int wanted = (int)Math.Min(Math.Max(0, stream.Length - _position - held), PartBytes);
            if (wanted == 0)
            {
                return;
            }

            Array.Resize(ref part, held + wanted);
            stream.Position = _position + held;
            int read = stream.ReadAtLeast(part.AsSpan(held, wanted), wanted, throwOnEndOfStream: false);
            if (read == 0)
            {
                return;
            }

            held += read;
            int end = part.AsSpan(0, held).LastIndexOf((byte)'\n') + 1;
            if (end > 0)
            {
                Take(part.AsSpan(0, end));
                held = 0;
            }
            else if (held >= LongestLine)
            {
                // No entry is as long as this: the line is left out, without a second look at what is read of it.
                (_isInLongLine, _position, held) = (true, _position + held, 0);
            }
        }
    }

    private void Take(ReadOnlySpan<byte> lines)
    {
        if (_isInLongLine)
        {
            int rest = lines.IndexOf((byte)'\n') + 1;
            lines = lines[rest..];
            (_isInLongLine, _position, DamagedLines) = (false, _position + rest, DamagedLines + 1);
        }

        if (_mark.Length == 0)
        {
            _mark = lines[..Math.Min(MarkBytes, lines.Length)].ToArray();
        }

        RunLogContents contents = RunLogReader.Parse(lines);
        DamagedLines += contents.DamagedLines;
        foreach (RunLogEntry entry in contents.Entries)
        {
            History.Add(entry);
        }

        _position += lines.Length;
    }

    /// <summary>Whether the file does not begin as the one that was read, or is shorter.</summary>
    private bool IsAnother(FileStream stream)
    {
        if (stream.Length < _position)
        {
            return true;
        }

        Span<byte> start = stackalloc byte[MarkBytes];
        stream.Position = 0;
        int read = stream.ReadAtLeast(start[.._mark.Length], _mark.Length, throwOnEndOfStream: false);
        return !start[..read].SequenceEqual(_mark);
    }
}
