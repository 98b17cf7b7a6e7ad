using System.Runtime.ExceptionServices;

namespace Avion.Video;

/// <summary>A thread with a reader that serves one clip at a time into memory of its own.</summary>
internal sealed class ClipWorker
{
    private readonly ClipReaderOptions _options;
    private readonly Action<string>? _beforeRead;
    private readonly SemaphoreSlim _start = new(0);
    private readonly SemaphoreSlim _done = new(0);
    private VideoSource _source;
    private int[] _frames = [];
    private int _frameCount;
    private FrameTransform[] _transforms = [];
    private int _transformCount;
    private byte[] _pixels = [];
    private int _byteCount;
    private CancellationToken _cancellation;
    private Exception? _failure;
    private volatile bool _isAbandoned;

    public ClipWorker(ClipReaderOptions options, Action<string>? beforeRead)
    {
        _options = options;
        _beforeRead = beforeRead;
        // A background thread, so that one that hangs does not keep the process alive.
        Thread thread = new(Serve) { IsBackground = true, Name = "clip reader" };
        thread.Start();
    }

    /// <summary>Starts reading a clip.</summary>
    public void Begin(
        in VideoSource source, ReadOnlySpan<int> frames, ReadOnlySpan<FrameTransform> transforms, int byteCount,
        CancellationToken cancellation)
    {
        if (_frames.Length < frames.Length)
        {
            _frames = new int[frames.Length];
        }

        if (_pixels.Length < byteCount)
        {
            _pixels = GC.AllocateUninitializedArray<byte>(byteCount);
        }

        if (_transforms.Length < transforms.Length)
        {
            _transforms = new FrameTransform[transforms.Length];
        }

        frames.CopyTo(_frames);
        transforms.CopyTo(_transforms);
        (_source, _frameCount, _transformCount) = (source, frames.Length, transforms.Length);
        (_byteCount, _cancellation, _failure) = (byteCount, cancellation, null);
        _start.Release();
    }

    /// <summary>Waits for the clip; false when the time is over first.</summary>
    public bool Wait(int milliseconds) => _done.Wait(milliseconds);

    /// <summary>Copies the clip out, or throws what reading it threw.</summary>
    public void Take(Span<byte> destination)
    {
        if (_failure is not null)
        {
            ExceptionDispatchInfo.Throw(_failure);
        }

        _pixels.AsSpan(0, _byteCount).CopyTo(destination);
    }

    /// <summary>Lets the thread end as soon as it can: at once when it waits, after its clip when it reads.</summary>
    public void Abandon()
    {
        _isAbandoned = true;
        _start.Release();
    }

    private void Serve()
    {
        using ClipReader reader = new(_options);
        while (true)
        {
            _start.Wait();
            if (_isAbandoned)
            {
                return;
            }

            try
            {
                _beforeRead?.Invoke(_source.Path);
                VideoInfo info = reader.GetInfo(_source, _cancellation);
                reader.Read(info, _frames.AsSpan(0, _frameCount), _transforms.AsSpan(0, _transformCount), _pixels.AsSpan(0, _byteCount),
                    _cancellation);
            }
            catch (Exception exception)
            {
                // Whatever it is, it belongs to the thread that asked for the clip.
                _failure = exception;
            }

            _done.Release();
        }
    }
}
