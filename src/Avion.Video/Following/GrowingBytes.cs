using System.Runtime.CompilerServices;

namespace Avion.Video;

/// <summary>Says whether a file's writer has ended.</summary>
/// <param name="bytesRead">Bytes that were read so far.</param>
public delegate bool WriterHasEnded(long bytesRead);

/// <summary>The bytes of a file that somebody is writing, front to back, as libavformat asks for them: a read waits where the file ends for
/// now, until more is there or its writer has ended.</summary>
internal sealed unsafe class GrowingBytes : IDisposable
{
    private const int BufferBytes = 1 << 16, PollMilliseconds = 50;
    private const int ErrorEnd = -0x20464F45, ErrorExit = -0x54495845;

    private readonly PositionedFile _file = new();
    private readonly WriterHasEnded _hasEnded;
    private GCHandle _self;
    private byte* _input;
    private long _position;

    /// <param name="path">The file.</param>
    /// <param name="hasEnded">Asked wherever the file ends for now.</param>
    /// <exception cref="VideoException">The file cannot be opened.</exception>
    public GrowingBytes(string path, WriterHasEnded hasEnded)
    {
        _hasEnded = hasEnded;
        _file.Open(path, Encoding.UTF8.GetBytes(path + '\0'));
        byte* buffer = (byte*)AvUtil.av_mallocz(BufferBytes);
        _self = GCHandle.Alloc(this);
        _input = buffer == null ? null
            : AvFormat.avio_alloc_context(buffer, BufferBytes, 0, (void*)GCHandle.ToIntPtr(_self), &Read, null, null);
        if (_input == null)
        {
            Dispose();
            throw new OutOfMemoryException("libavformat could not allocate a buffer.");
        }
    }

    /// <summary>AVIOContext.</summary>
    public byte* Input => _input;

    /// <summary>Ends a read that waits.</summary>
    public CancellationToken Cancellation { get; set; }

    /// <summary>What went wrong in a read; libavformat sees only that it ended.</summary>
    public Exception? Failure { get; private set; }

    public void Dispose()
    {
        byte* input = _input;
        _input = null;
        if (input != null)
        {
            // AVIOContext.buffer, which libavformat may have exchanged.
            AvUtil.av_freep(input + 8);
            AvFormat.avio_context_free(&input);
        }

        if (_self.IsAllocated)
        {
            _self.Free();
        }

        _file.Dispose();
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Read(void* opaque, byte* buffer, int count)
    {
        GrowingBytes bytes = (GrowingBytes)GCHandle.FromIntPtr((nint)opaque).Target!;
        try
        {
            return bytes.Fill(new Span<byte>(buffer, count));
        }
        catch (Exception error)
        {
            // No exception may cross the library.
            bytes.Failure = error;
            return ErrorExit;
        }
    }

    private int Fill(Span<byte> buffer)
    {
        while (!Cancellation.IsCancellationRequested)
        {
            // The question comes first: what is written between it and the look is not lost.
            bool hasEnded = _hasEnded(_position);
            int count = _file.Read(buffer, _position);
            if (count > 0)
            {
                _position += count;
                return count;
            }

            if (hasEnded)
            {
                return ErrorEnd;
            }

            Cancellation.WaitHandle.WaitOne(PollMilliseconds);
        }

        return ErrorExit;
    }
}
