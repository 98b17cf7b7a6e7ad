using System.Diagnostics;

namespace Avion.Training;

/// <summary>Makes the vectors of clips, those that a cache knows without reading a video.</summary>
/// <param name="extractor">A model with embeddings.</param>
/// <param name="cache">What is known; what is read is added.</param>
/// <param name="options">How clips are read.</param>
public sealed class ClipGathering(FeatureExtractor extractor, FeatureCache cache, FeatureOptions options)
{
    private const double SaveSeconds = 20;

    private readonly Dictionary<string, (StoredVideo Video, CachedVideo Known, string? Stamp)> _videos = new(StringComparer.Ordinal);
    private readonly HashSet<string> _touched = new(StringComparer.Ordinal);
    private readonly List<FailedPart> _failures = [];
    private FeatureSet _pending = new(extractor.Outputs);
    private FeatureStatistics _statistics;

    /// <summary>Called with the share of the videos that were looked at; null for none.</summary>
    public Action<int, int>? Looking { get; init; }

    /// <summary>Called after each batch with clips done, all that are read, and how fast; null for none.</summary>
    public Action<int, int, FeatureStatistics>? Reading { get; init; }

    /// <summary>Threads that search; 0: one per processor.</summary>
    public int Threads { get; init; }

    /// <summary>Cuts clips into windows and makes their vectors. Clips that occur twice are there once.</summary>
    /// <param name="clips">Whole videos, or stretches of them.</param>
    /// <param name="store">Their videos.</param>
    /// <param name="rule">How they are cut.</param>
    /// <param name="cancellation">Stops between batches; what is done is kept in the cache.</param>
    public GatheredClips Run(ClipTable clips, VideoStore store, WindowRule rule, CancellationToken cancellation = default)
    {
        VideoStretches stretches = Recognize(clips, store, cancellation);
        ClipWindows windows = ClipWindows.Cut(clips, store, rule, static () => new VideoClipSource(), options.DecodeThreads,
            done => Looking?.Invoke(done, clips.Videos.Count), cancellation, stretches);
        foreach ((string name, (_, CachedVideo known, _)) in _videos)
        {
            if (known.Stretch is null && stretches[name] is { } stretch)
            {
                known.Stretch = stretch;
                _touched.Add(name);
            }
        }

        ClipTable missing = new(clips.Name);
        List<FeatureRow> wanted = [];
        HashSet<(int, ClipSpan)> met = [];
        for (int clip = 0; clip < windows.Table.Count; clip++)
        {
            ClipRow row = windows.Table[clip];
            string name = windows.Table.Videos[row.Video];
            if (met.Add((row.Video, row.Span)))
            {
                wanted.Add(new FeatureRow(wanted.Count, name, row.Span));
                if (!_videos.TryGetValue(name, out (StoredVideo, CachedVideo Known, string?) video) || !video.Known.Knows(row.Span))
                {
                    missing.Add(name, row.Span);
                }
            }
        }

        List<UnreadableClip> unreadable = missing.Count > 0 ? Read(new ClipWindows(missing, store), cancellation) : [];
        Keep();
        return Collect(wanted, unreadable, missing.Count, windows.Bad);
    }

    /// <summary>Finds out which videos are known, and how long they are.</summary>
    private VideoStretches Recognize(ClipTable clips, VideoStore store, CancellationToken cancellation)
    {
        VideoStretches stretches = new();
        foreach (string name in clips.Videos)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                StoredVideo video = store.Find(name);
                string? stamp = VideoFingerprint.StampOf(video);
                CachedVideo known = cache.Find(video, stamp, cancellation);
                _videos[name] = (video, known, stamp);
                if (stamp is not null && cache.IsNews(stamp, known))
                {
                    _touched.Add(name);
                }

                if (known.Stretch is { } stretch)
                {
                    stretches.Add(name, stretch.Start, stretch.End);
                }
            }
            catch (DataException)
            {
                // Who cuts or reads its clips tells.
            }
        }

        return stretches;
    }

    private List<UnreadableClip> Read(ClipWindows missing, CancellationToken cancellation)
    {
        List<UnreadableClip> unreadable = [];
        using FeatureStream stream = new(extractor, missing, options);
        long saved = Stopwatch.GetTimestamp();
        int done = 0;
        try
        {
            while (stream.Next(cancellation) is { } batch)
            {
                for (int row = 0; row < batch.Rows.Count; row++)
                {
                    Take(batch.Rows[row], batch.Values(0, row), cancellation);
                }

                foreach (UnreadableClip bad in batch.Unreadable)
                {
                    unreadable.Add(bad);
                    if (_videos.TryGetValue(bad.Row.File, out (StoredVideo Video, CachedVideo Known, string?) video))
                    {
                        _touched.Add(bad.Row.File);
                        video.Known.Fail(bad.Row.Span, bad.Reason);
                        if (ContentOf(video.Video, video.Known, cancellation) is { } content)
                        {
                            _failures.Add(FailedPart.Of(content, bad.Row.Span, bad.Reason));
                        }
                    }
                }

                done += batch.ClipCount;
                _statistics = stream.Statistics;
                Reading?.Invoke(done, missing.Table.Count, _statistics);
                if (Stopwatch.GetElapsedTime(saved).TotalSeconds >= SaveSeconds)
                {
                    Keep();
                    saved = Stopwatch.GetTimestamp();
                }
            }
        }
        catch (OperationCanceledException)
        {
            Keep();
            throw;
        }

        return unreadable;
    }

    private void Take(in FeatureRow row, ReadOnlySpan<float> vector, CancellationToken cancellation)
    {
        (StoredVideo video, CachedVideo known, _) = _videos[row.File];
        _touched.Add(row.File);
        _pending.Add(new FeatureRow(0, ContentOf(video, known, cancellation) ?? "", row.Span), vector.ToArray());
        known.Add(row.Span, _pending, _pending.Count - 1);
    }

    /// <summary>The digest of a video that is being read, so that its bytes are at hand; null where they cannot be read any more.</summary>
    private string? ContentOf(StoredVideo video, CachedVideo known, CancellationToken cancellation)
    {
        try
        {
            return cache.Folder is null ? null : known.Content ??= VideoFingerprint.ContentOf(video, cancellation);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Puts into the cache what was found since the last time, but for videos that were changed in the meantime.</summary>
    private void Keep()
    {
        if (cache.Folder is null)
        {
            return;
        }

        List<SeenVideo> seen = [];
        HashSet<string> changed = [""];
        foreach (string name in _touched)
        {
            (StoredVideo video, CachedVideo known, string? stamp) = _videos[name];
            if (known.Content is not { } content || stamp is null)
            {
                continue;
            }

            if (VideoFingerprint.StampOf(video) != stamp)
            {
                changed.Add(content);
            }
            else if (cache.IsNews(stamp, known))
            {
                seen.Add(new SeenVideo(stamp, content, VideoFingerprint.BytesOf(video), known.Stretch?.Start, known.Stretch?.End));
            }
        }

        FeatureSet kept = _pending;
        if (_pending.Rows.Any(row => changed.Contains(row.File)))
        {
            kept = new FeatureSet(extractor.Outputs);
            for (int row = 0; row < _pending.Count; row++)
            {
                if (!changed.Contains(_pending.Rows[row].File))
                {
                    kept.Add(_pending.Rows[row], _pending.Values(0, row).ToArray());
                }
            }
        }

        FailedPart[] failures = [.. _failures.Where(failure => !changed.Contains(failure.Content))];
        if (kept.Count + seen.Count + failures.Length > 0)
        {
            cache.Keep(new FeaturePack { Features = kept, Videos = seen, Failures = failures });
        }

        _pending = new FeatureSet(extractor.Outputs);
        _failures.Clear();
        _touched.Clear();
    }

    private GatheredClips Collect(List<FeatureRow> wanted, List<UnreadableClip> unreadable, int read, IReadOnlyList<BadVideo> bad)
    {
        ClipIndex index = new(extractor.Outputs[0].Size, Threads);
        read -= unreadable.Count;
        HashSet<(string, ClipSpan)> told = [.. unreadable.Select(clip => (clip.Row.File, clip.Row.Span))];
        foreach (FeatureRow row in wanted)
        {
            if (!_videos.TryGetValue(row.File, out (StoredVideo, CachedVideo Known, string?) video))
            {
                continue;
            }

            ReadOnlySpan<float> vector = video.Known.VectorOf(row.Span);
            if (!vector.IsEmpty)
            {
                index.Add(row with { Clip = index.Rows.Count }, vector);
            }
            else if (video.Known.FailureOf(row.Span) is { } reason && told.Add((row.File, row.Span)))
            {
                unreadable.Add(new UnreadableClip(row, reason));
            }
        }

        return new GatheredClips
        {
            Index = index, ReadClips = read, CachedClips = index.Rows.Count - read, BadVideos = bad, Unreadable = unreadable,
            Statistics = _statistics,
        };
    }
}
