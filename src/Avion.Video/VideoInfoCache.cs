namespace Avion.Video;

/// <summary>
/// Indexes of files that were opened before, the least recently used dropped when they exceed a number of bytes. One cache serves all
/// readers of a process; it is safe for threads, and a hit allocates nothing.
/// </summary>
public sealed class VideoInfoCache
{
    private const long DefaultCapacityBytes = 256L << 20;

    private readonly Lock _gate = new();
    private readonly Dictionary<VideoSource, LinkedListNode<VideoInfo>> _entries = [];
    private readonly LinkedList<VideoInfo> _byUse = new();
    private readonly long _capacityBytes;
    private long _bytes;

    public VideoInfoCache(long capacityBytes = DefaultCapacityBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(capacityBytes);
        _capacityBytes = capacityBytes;
    }

    /// <summary>The cache of readers that were given none.</summary>
    public static VideoInfoCache Shared { get; } = new();

    /// <summary>Number of files held.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _entries.Count;
            }
        }
    }

    /// <summary>Bytes held by the indexes.</summary>
    public long Bytes
    {
        get
        {
            lock (_gate)
            {
                return _bytes;
            }
        }
    }

    /// <summary>The index of a source if it is held.</summary>
    public VideoInfo? Find(in VideoSource source)
    {
        lock (_gate)
        {
            if (!_entries.TryGetValue(source, out LinkedListNode<VideoInfo>? node))
            {
                return null;
            }

            if (node != _byUse.First)
            {
                _byUse.Remove(node);
                _byUse.AddFirst(node);
            }

            return node.Value;
        }
    }

    /// <summary>Holds an index, in place of an older one of the same source.</summary>
    public void Add(VideoInfo info)
    {
        lock (_gate)
        {
            RemoveLocked(info.Source);
            _entries[info.Source] = _byUse.AddFirst(info);
            _bytes += info.Index.MemoryBytes;
            while (_bytes > _capacityBytes && _byUse.Count > 1)
            {
                RemoveLocked(_byUse.Last!.Value.Source);
            }
        }
    }

    /// <summary>Forgets a source, for example because its file was replaced.</summary>
    public void Remove(in VideoSource source)
    {
        lock (_gate)
        {
            RemoveLocked(source);
        }
    }

    private void RemoveLocked(in VideoSource source)
    {
        if (_entries.Remove(source, out LinkedListNode<VideoInfo>? node))
        {
            _byUse.Remove(node);
            _bytes -= node.Value.Index.MemoryBytes;
        }
    }
}
