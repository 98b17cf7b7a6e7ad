namespace Avion.Video;

/// <summary>Files that a reader keeps open from the question for a video's shape to the reading of its frames.</summary>
/// <remarks>
/// A clip asks for the shapes of its files, some more than once, before it reads them: so each is opened once. A file is closed when it
/// was read; one that was only asked for goes when its place is needed. A file that was replaced or changed meanwhile is opened again.
/// </remarks>
internal sealed class OpenFiles : IDisposable
{
    private const int Capacity = 4;

    private readonly PositionedFile[] _files = [.. Enumerable.Range(0, Capacity).Select(_ => new PositionedFile())];
    private readonly long[] _lastUses = new long[Capacity];
    private long _uses;

    /// <summary>Files opened.</summary>
    public long OpenCalls => Sum(static file => file.OpenCalls);

    /// <summary>Positioned reads.</summary>
    public long ReadCalls => Sum(static file => file.ReadCalls);

    /// <summary>Bytes of those reads.</summary>
    public long BytesRead => Sum(static file => file.BytesRead);

    /// <summary>Time of opening and reading, in <see cref="System.Diagnostics.Stopwatch"/> ticks.</summary>
    public long ReadTicks => Sum(static file => file.ReadTicks);

    /// <summary>The file, opened now or before.</summary>
    public PositionedFile Open(string path, byte[] pathUtf8)
    {
        int place = PlaceOf(path);
        if (place < 0)
        {
            place = Array.IndexOf(_lastUses, _lastUses.Min());
        }

        if (_files[place].Path != path || !_files[place].IsCurrent())
        {
            _lastUses[place] = 0;
            _files[place].Open(path, pathUtf8);
        }

        _lastUses[place] = ++_uses;
        return _files[place];
    }

    /// <summary>Closes a file if it is open.</summary>
    public void Close(string path)
    {
        int place = PlaceOf(path);
        if (place >= 0)
        {
            _files[place].Close();
            _lastUses[place] = 0;
        }
    }

    public void Dispose()
    {
        foreach (PositionedFile file in _files)
        {
            file.Dispose();
        }
    }

    private long Sum(Func<PositionedFile, long> count)
    {
        long sum = 0;
        foreach (PositionedFile file in _files)
        {
            sum += count(file);
        }

        return sum;
    }

    private int PlaceOf(string path)
    {
        for (int place = 0; place < Capacity; place++)
        {
            if (_files[place].Path == path)
            {
                return place;
            }
        }

        return -1;
    }
}
