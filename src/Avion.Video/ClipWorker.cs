using System;
using System.Runtime.ExceptionServices;
using System.Threading;

namespace Avion.Video;

/// <summary>A thread with a reader that serves one clip at a time into memory of its own.</summary>
internal sealed class ClipWorker
{
    private readonly ClipReaderOptions _options;
    private readonly Action<string>? _beforeRead;
    private readonly SemaphoreSlim _start = new(0);
    private readonly SemaphoreSlim _done = new(0);
    private string _path = string.Empty;
    private int[] _frames = [];
    private int _frameCount;
    private FrameTransform _transform;
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
    public void Begin(string path, ReadOnlySpan<int> frames, in FrameTransform transform, int byteCount, CancellationToken cancellation)
    {
        if (_frames.Length < frames.Length)
        {
            _frames = new int[frames.Length];
        }

        if (_pixels.Length < byteCount)
        {
            _pixels = GC.AllocateUninitializedArray<byte>(byteCount);
        }

        frames.CopyTo(_frames);
        (_path, _frameCount, _transform, _byteCount, _cancellation, _failure) = (path, frames.Length, transform, byteCount, cancellation, null);
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
                _beforeRead?.Invoke(_path);
                reader.Read(_path, _frames.AsSpan(0, _frameCount), _transform, _pixels.AsSpan(0, _byteCount), _cancellation);
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
