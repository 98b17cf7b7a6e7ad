namespace Avion.Video;

/// <summary>
/// Readers on threads of their own, for callers on any thread. Unlike a <see cref="ClipReader"/>, whose deadline is looked at between
/// packets, the pool also survives a system call that never returns (a dead network mount): the caller gets
/// <see cref="VideoErrorKind.DeadlineExceeded"/>, the stuck thread is left behind and a new one takes its place. A worker fills memory of
/// its own, from which the caller's thread copies, so that a worker left behind can never write into a later clip.
/// </summary>
public sealed class ClipReaderPool : IDisposable
{
    /// <summary>Seconds beyond the reader's own deadline after which a worker counts as stuck.</summary>
    private const double GraceSeconds = 2;

    private readonly ClipReaderOptions _options;
    private readonly Action<string>? _beforeRead;
    private readonly SemaphoreSlim _free;
    private readonly Stack<ClipWorker> _idle = new();
    private readonly Lock _gate = new();
    private int _abandoned;
    private bool _disposed;

    /// <param name="workers">Clips that are read at the same time.</param>
    /// <param name="options">Settings of each reader; its deadline is that of a clip.</param>
    public ClipReaderPool(int workers, ClipReaderOptions? options = null)
        : this(workers, options, null)
    {
    }

    /// <param name="workers">Clips that are read at the same time.</param>
    /// <param name="options">Settings of each reader.</param>
    /// <param name="beforeRead">Called on a worker before it reads a path: by which tests make it hang.</param>
    internal ClipReaderPool(int workers, ClipReaderOptions? options, Action<string>? beforeRead)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(workers, 1);
        FFmpegLibraries.Require();
        _options = options ?? new ClipReaderOptions();
        _beforeRead = beforeRead;
        _free = new SemaphoreSlim(workers, workers);
    }

    /// <summary>Workers that hung and were left behind. When this grows, something is wrong with the storage.</summary>
    public int AbandonedCount => Volatile.Read(ref _abandoned);

    /// <inheritdoc cref="ClipReader.Read(string, ReadOnlySpan{int}, in FrameTransform, Span{byte}, CancellationToken)"/>
    public void Read(
        string path, ReadOnlySpan<int> frameIndices, in FrameTransform transform, Span<byte> destination,
        CancellationToken cancellationToken = default) =>
        Read(new VideoSource(path), frameIndices, new ReadOnlySpan<FrameTransform>(in transform), destination, cancellationToken);

    /// <inheritdoc cref="ClipReader.Read(VideoInfo, ReadOnlySpan{int}, ReadOnlySpan{FrameTransform}, Span{byte}, CancellationToken)"/>
    public void Read(
        in VideoSource source,
        ReadOnlySpan<int> frameIndices,
        ReadOnlySpan<FrameTransform> transforms,
        Span<byte> destination,
        CancellationToken cancellationToken = default)
    {
        _free.Wait(cancellationToken);
        ClipWorker? worker = null;
        try
        {
            worker = Take();
            worker.Begin(source, frameIndices, transforms, destination.Length, cancellationToken);
            if (!worker.Wait(LimitMilliseconds))
            {
                worker.Abandon();
                worker = null;
                Interlocked.Increment(ref _abandoned);
                throw new VideoException(
                    VideoErrorKind.DeadlineExceeded,
                    source.Path,
                    $"Gave up reading '{source}': its reader has been stuck for more than {_options.DeadlineSeconds + GraceSeconds} s; the storage does not answer.");
            }

            worker.Take(destination);
        }
        finally
        {
            PutBack(worker);
            _free.Release();
        }
    }

    /// <summary>Ends the idle workers; those that still read end after their clip.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            while (_idle.TryPop(out ClipWorker? worker))
            {
                worker.Abandon();
            }
        }
    }

    private int LimitMilliseconds => _options.DeadlineSeconds > 0 && _options.DeadlineSeconds < 1e6
        ? (int)((_options.DeadlineSeconds + GraceSeconds) * 1000)
        : Timeout.Infinite;

    private ClipWorker Take()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _idle.TryPop(out ClipWorker? worker) ? worker : new ClipWorker(_options, _beforeRead);
        }
    }

    private void PutBack(ClipWorker? worker)
    {
        if (worker is null)
        {
            return;
        }

        lock (_gate)
        {
            if (_disposed)
            {
                worker.Abandon();
            }
            else
            {
                _idle.Push(worker);
            }
        }
    }
}
