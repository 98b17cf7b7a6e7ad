using System.Diagnostics;

namespace Avion.Data;

/// <summary>The files that somebody writes, one after the other: a single one, or the segments of a folder in the order in
/// which they appear.</summary>
/// <remarks>
/// Each segment comes once. Those that appear together come by the numbers in their names. A name that is used again, as rings of segments
/// do, is a new segment; names that are deleted are forgotten, so that memory is that of a listing.
/// </remarks>
/// <param name="path">A file or a folder.</param>
/// <param name="options">When files have come to their end.</param>
/// <param name="tell">Told what a user should know.</param>
internal sealed class SegmentQueue(string path, FollowOptions options, Action<string> tell)
{
    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(200);

    private readonly bool _isFolder = Directory.Exists(path);
    private readonly List<string> _waiting = [];
    private readonly Queue<(string Name, DateTime Changed)> _done = new();
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private string? _current;
    private long _listed, _active = Stopwatch.GetTimestamp(), _grew, _length = -1;
    private bool _isTold;

    /// <summary>Whether nothing was written for as long as following waits.</summary>
    public bool IsIdle => Stopwatch.GetElapsedTime(_active).TotalSeconds >= options.IdleSeconds;

    /// <summary>Whether the current one is a segment of a folder.</summary>
    public bool IsSegment => _isFolder;

    /// <summary>Waits for the next file; null when nothing was written for as long as following waits.</summary>
    /// <exception cref="OperationCanceledException">Cancelled while waiting.</exception>
    public string? Next(CancellationToken cancellation)
    {
        if (!_isFolder)
        {
            (bool isFirst, _current) = (_current is null, path);
            return isFirst ? path : null;
        }

        Finish();
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            List();
            if (_waiting.Count > 0)
            {
                (_current, _length) = (_waiting[0], -1);
                _waiting.RemoveAt(0);
                NoteActivity();
                return _current;
            }

            if (IsIdle)
            {
                return null;
            }

            cancellation.WaitHandle.WaitOne(s_poll);
        }
    }

    /// <summary>Whether the current file has come to its end, however much of it was read.</summary>
    public bool HasEnded() => new FileInfo(_current!) is not { Exists: true } file || HasEnded(file.Length);

    /// <summary>Whether the current file has come to its end, and all of it was read.</summary>
    /// <param name="bytesRead">Bytes of it that were read.</param>
    public bool HasEnded(long bytesRead)
    {
        FileInfo file = new(_current!);
        if (!file.Exists || file.Length < bytesRead)
        {
            return true;
        }

        if (file.Length != _length || file.Length > bytesRead)
        {
            (_length, _grew) = (file.Length, Stopwatch.GetTimestamp());
            NoteActivity();
        }

        if (file.Length > bytesRead)
        {
            return false;
        }

        if (!_isFolder)
        {
            return IsIdle;
        }

        // Files that lay there before are as quiet as their last change says.
        List();
        double seconds = Math.Max(Stopwatch.GetElapsedTime(_grew).TotalSeconds, (DateTime.UtcNow - file.LastWriteTimeUtc).TotalSeconds);
        return seconds >= (_waiting.Count > 0 ? Math.Min(options.SucceededSeconds, options.SettleSeconds) : options.SettleSeconds)
            || IsIdle;
    }

    private void NoteActivity() => _active = Stopwatch.GetTimestamp();

    /// <summary>Puts the current segment among those that are done.</summary>
    private void Finish()
    {
        if (_current is not null)
        {
            _done.Enqueue((_current, File.GetLastWriteTimeUtc(_current)));
            _current = null;
        }
    }

    private void List()
    {
        if (_listed != 0 && Stopwatch.GetElapsedTime(_listed) < s_poll)
        {
            return;
        }

        _listed = Stopwatch.GetTimestamp();
        ForgetOldest();
        List<string> names;
        try
        {
            names = [.. VideoWalk.Find(Path.GetFullPath(path), areFolders: false).Paths
                .Select(name => $"{path.TrimEnd('/', '\\')}/{name}")];
        }
        catch (DataException error)
        {
            if (!_isTold)
            {
                _isTold = true;
                tell($"{error.Message} Waiting for it.");
            }

            return;
        }

        List<string> fresh = [.. names.Where(_known.Add)];
        if (fresh.Count > 0)
        {
            NoteActivity();
            fresh.Sort(SegmentOrder.Instance);
            _waiting.AddRange(fresh);
        }

        if (_known.Count > (2 * names.Count) + _waiting.Count + 100)
        {
            _known.IntersectWith(names);
            (string, DateTime)[] kept = [.. _done.Where(done => _known.Contains(done.Name))];
            _done.Clear();
            Array.ForEach(kept, _done.Enqueue);
        }
    }

    /// <summary>Forgets the oldest segments that were deleted, and those whose names are written anew while later ones are done.</summary>
    private void ForgetOldest()
    {
        while (_done.TryPeek(out (string Name, DateTime Changed) oldest)
            && (!File.Exists(oldest.Name) || (_done.Count > 1 && File.GetLastWriteTimeUtc(oldest.Name) != oldest.Changed)))
        {
            _done.Dequeue();
            _known.Remove(oldest.Name);
        }
    }
}
