namespace Avion.Files;

/// <summary>A piece of a file in memory that moves forward and keeps what is still needed.</summary>
internal sealed class PickleWindow(Stream file) : IDisposable
{
    /// <summary>So many bytes after the content may be looked at; they are zero where the file has ended.</summary>
    public const int Slack = 16;

    private const int FirstBytes = 1 << 20, MostBytes = 1 << 26;

    private byte[] _bytes = new byte[FirstBytes + Slack];
    private long _start;

    /// <summary>The content, and <see cref="Slack"/> bytes after it.</summary>
    public byte[] Bytes => _bytes;

    /// <summary>How many bytes of the file there are.</summary>
    public int Count { get; private set; }

    /// <summary>Place in the file of a place in the window.</summary>
    public long PlaceOf(int at) => _start + at;

    /// <summary>Place in the window of a place in the file.</summary>
    public int IndexOf(long place) => (int)(place - _start);

    /// <summary>Begins at the beginning of the file again.</summary>
    public void Rewind()
    {
        file.Position = 0;
        (_start, Count) = (0, 0);
    }

    /// <summary>Makes sure of so many bytes from <paramref name="at"/> on, drops what lies before <paramref name="keep"/>, and adjusts
    /// both; false where the file or the largest window has not so many.</summary>
    public bool Ensure(int bytes, ref int at, ref int keep)
    {
        if (Count - at >= bytes)
        {
            return true;
        }

        if (at > Count)
        {
            return false;
        }

        _bytes.AsSpan(keep, Count - keep).CopyTo(_bytes);
        (_start, Count, at, keep) = (_start + keep, Count - keep, at - keep, 0);
        int needed = at + bytes;
        if (needed > MostBytes)
        {
            return false;
        }

        while (needed + Slack > _bytes.Length - (FirstBytes / 2))
        {
            Array.Resize(ref _bytes, 2 * _bytes.Length);
        }

        while (Count < needed)
        {
            int read = file.Read(_bytes, Count, _bytes.Length - Slack - Count);
            if (read == 0)
            {
                _bytes.AsSpan(Count, Slack).Clear();
                return false;
            }

            Count += read;
        }

        return true;
    }

    public void Dispose() => file.Dispose();
}
