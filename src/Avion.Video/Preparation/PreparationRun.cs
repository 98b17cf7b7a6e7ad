using System.Runtime.ExceptionServices;

namespace Avion.Video;

/// <summary>
/// One run over many videos. Worker threads take parts of videos that are open; where there are none, the next video. So videos are
/// finished one after another, few are open at a time, and a single long video still keeps all workers busy.
/// </summary>
internal sealed class PreparationRun(
    SourceListing listing, IReadOnlyList<BadSource> damagedShards, PrepareOptions options, DestinationFolder folder, ShardFolder? shards,
    Action<PrepareProgress>? onProgress)
{
    /// <summary>ENOSPC, as .NET puts it into HResult.</summary>
    private const int NoSpaceLeft = 28;

    private readonly object _gate = new();
    private readonly Queue<(VideoInHand Video, Part Part)> _parts = new();
    private readonly List<VideoInHand> _open = [];
    private readonly List<BadSource> _bad = [.. listing.Bad];
    private readonly List<BadSource> _damaged = [.. damagedShards];
    private readonly List<ChunkManifest> _prepared = [];
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly IReadOnlyList<SourceVideo> _videos = listing.Videos;
    private readonly long _totalBytes = listing.Videos.Sum(Weight);
    private int _next;
    private int _opening;
    private int _upToDate;
    private long _bytesFinished;
    private long _bytesSkipped;
    private ExceptionDispatchInfo? _fatal;

    private string TargetRoot => shards is null ? folder.Path : folder.Unpacked;

    /// <summary>Works until no video is left, or until something fails that every video would meet.</summary>
    public void Work(CancellationToken cancellation)
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Thread[] workers = [.. Enumerable.Range(0, options.Jobs)
            .Select(number => new Thread(() => Loop(stop)) { Name = $"prepare {number}", IsBackground = true })];
        using (stop.Token.Register(Wake))
        {
            Array.ForEach(workers, worker => worker.Start());
            Array.ForEach(workers, worker => worker.Join());
        }

        _fatal?.Throw();
        cancellation.ThrowIfCancellationRequested();
    }

    public PrepareReport Report(int shardCount, double elapsedSeconds) => new(
        _videos.Count + listing.Bad.Count, _prepared.Count, _upToDate,
        [.. _bad.OrderBy(bad => bad.Source, StringComparer.Ordinal)],
        [.. _damaged.OrderBy(bad => bad.Source, StringComparer.Ordinal)],
        _prepared.Sum(manifest => (long)manifest.Chunks),
        _prepared.Sum(manifest => manifest.DurationSeconds),
        _prepared.Sum(manifest => manifest.SourceBytes),
        _prepared.Sum(manifest => manifest.Bytes),
        shardCount, elapsedSeconds);

    private static long Weight(SourceVideo video) => Math.Max(1, video.Bytes);

    private void Loop(CancellationTokenSource stop)
    {
        try
        {
            while (Take(stop.Token) is { } work)
            {
                if (work.Part is { } part)
                {
                    EncodePart(work.Video!, part, stop.Token);
                }
                else
                {
                    Begin(work.Source!, stop.Token);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Work() tells the caller.
        }
        catch (Exception exception)
        {
            Exception told = exception is IOException && (exception.HResult & 0xFFFF) == NoSpaceLeft
                ? new DiskFullException(folder.Path)
                : exception;
            Interlocked.CompareExchange(ref _fatal, ExceptionDispatchInfo.Capture(told), null);
            stop.Cancel();
        }
    }

    private (SourceVideo? Source, VideoInHand? Video, Part? Part)? Take(CancellationToken stop)
    {
        lock (_gate)
        {
            while (!stop.IsCancellationRequested)
            {
                if (_parts.TryDequeue(out (VideoInHand Video, Part Part) next))
                {
                    return (null, next.Video, next.Part);
                }

                if (_next < _videos.Count)
                {
                    _opening++;
                    return (_videos[_next++], null, null);
                }

                if (_opening == 0)
                {
                    return null;
                }

                // Another worker is reading the header of a video that may have parts for this one.
                Monitor.Wait(_gate);
            }

            return null;
        }
    }

    private void Begin(SourceVideo source, CancellationToken stop)
    {
        try
        {
            if (shards?.Holds(source, options) == true || VideoWork.IsUpToDate(source, options, Path.Combine(TargetRoot, source.Target)))
            {
                VideoWork.Discard(source, folder.Work);
                lock (_gate)
                {
                    _upToDate++;
                    _bytesSkipped += Weight(source);
                }
            }
            else
            {
                Enqueue(new VideoInHand(VideoWork.Open(source, options, folder.Work, TargetRoot, stop)), stop);
            }
        }
        catch (VideoException exception) when (exception.Kind != VideoErrorKind.LibraryMissing)
        {
            Refuse(source, exception);
        }
        finally
        {
            lock (_gate)
            {
                _opening--;
                Monitor.PulseAll(_gate);
            }

            Tell();
        }
    }

    private void Enqueue(VideoInHand video, CancellationToken stop)
    {
        List<Part> open = [.. video.Work.Parts.Where(part => !video.Work.IsDone(part))];
        video.FramesBefore = video.Work.FramesWritten;
        lock (_gate)
        {
            _open.Add(video);
            video.PartsLeft = open.Count;
            open.ForEach(part => _parts.Enqueue((video, part)));
        }

        if (open.Count == 0)
        {
            Publish(video, stop);
        }
    }

    private void EncodePart(VideoInHand video, Part part, CancellationToken stop)
    {
        try
        {
            if (!video.IsBad)
            {
                video.Work.Encode(part, Tell, stop);
            }
        }
        catch (VideoException exception) when (exception.Kind != VideoErrorKind.LibraryMissing)
        {
            RefuseOnce(video, exception);
        }

        bool isLast;
        lock (_gate)
        {
            isLast = --video.PartsLeft == 0;
        }

        if (isLast)
        {
            Publish(video, stop);
        }
    }

    private void RefuseOnce(VideoInHand video, VideoException exception)
    {
        lock (_gate)
        {
            if (video.IsBad)
            {
                return;
            }

            video.IsBad = true;
        }

        Refuse(video.Work.Source, exception);
    }

    private void Publish(VideoInHand video, CancellationToken stop)
    {
        try
        {
            if (!video.IsBad)
            {
                ChunkManifest manifest = video.Work.Publish(stop);
                lock (_gate)
                {
                    _prepared.Add(manifest);
                    if (manifest.Damage is { } damage)
                    {
                        _damaged.Add(new BadSource(manifest.Source, damage, null));
                    }

                    _bytesFinished += Weight(video.Work.Source);
                }
            }
        }
        catch (VideoException exception)
        {
            Refuse(video.Work.Source, exception);
        }
        finally
        {
            if (video.IsBad)
            {
                video.Work.DiscardIfNothingIsDone();
            }

            lock (_gate)
            {
                _open.Remove(video);
            }

            Tell();
        }
    }

    private void Refuse(SourceVideo source, VideoException exception)
    {
        lock (_gate)
        {
            _bad.Add(new BadSource(source.Relative, exception.Message, exception.TimeSeconds));
            _bytesFinished += Weight(source);
        }

        Tell();
    }

    /// <summary>The time left as the time so far tells; null as long as encoders only start: before two hundredths of the work or a minute
    /// are over.</summary>
    /// <param name="elapsedSeconds">Time so far.</param>
    /// <param name="done">Work of this time, in any unit.</param>
    /// <param name="rest">Work that is left.</param>
    internal static double? SecondsLeft(double elapsedSeconds, double done, double rest)
    {
        const double leastShare = 0.02, longestSilence = 60;
        bool isTelling = done > 0 && elapsedSeconds > 1 && (done >= leastShare * (done + rest) || elapsedSeconds > longestSilence);
        return isTelling ? elapsedSeconds / done * rest : null;
    }

    private void Tell()
    {
        if (onProgress is null)
        {
            return;
        }

        PrepareProgress progress;
        lock (_gate)
        {
            double begun = _open.Where(video => !video.IsBad).Sum(video => Weight(video.Work.Source) * video.Fraction);
            double before = _bytesSkipped + _open.Sum(video => Weight(video.Work.Source) * video.FractionBefore);
            double done = Math.Min(_totalBytes, _bytesFinished + _bytesSkipped + begun);
            double elapsed = Stopwatch.GetElapsedTime(_started).TotalSeconds;
            double? left = SecondsLeft(elapsed, done - before, _totalBytes - done);
            progress = new PrepareProgress(
                _prepared.Count + _upToDate + _bad.Count, _videos.Count + listing.Bad.Count, _bad.Count,
                _totalBytes == 0 ? 1 : done / _totalBytes, left);
        }

        onProgress(progress);
    }

    private void Wake()
    {
        lock (_gate)
        {
            Monitor.PulseAll(_gate);
        }
    }

    private sealed class VideoInHand(VideoWork work)
    {
        public VideoWork Work => work;

        public int PartsLeft { get; set; }

        public bool IsBad { get; set; }

        /// <summary>Frames that an earlier run had written.</summary>
        public long FramesBefore { get; set; }

        public double Fraction => ShareOf(work.FramesWritten);

        public double FractionBefore => ShareOf(FramesBefore);

        private double ShareOf(long frames) => work.FramesDeclared is > 0 and { } declared ? Math.Min(1, frames / declared) : 0;
    }
}
