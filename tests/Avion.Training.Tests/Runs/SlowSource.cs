using System.Diagnostics;

namespace Avion.Training.Tests;

/// <summary>Made-up clips that take some milliseconds each: to read, to decode, or neither.</summary>
internal sealed class SlowSource(int readMilliseconds = 0, int decodeMilliseconds = 0, Action? before = null) : IClipSource
{
    private readonly SyntheticClips.Source _source = new();

    public long ReadTicks { get; private set; }

    public long BytesRead { get; private set; }

    /// <summary>Bytes that a clip counts as.</summary>
    public const int ClipBytes = 1000;

    public VideoShape GetShape(in VideoSource video) => _source.GetShape(video);

    public void Read(in VideoSource video, ReadOnlySpan<int> frames, in FrameTransform transform, Span<byte> destination, CancellationToken cancellation)
    {
        before?.Invoke();
        long started = Stopwatch.GetTimestamp();
        Thread.Sleep(readMilliseconds);
        BytesRead += ClipBytes;
        Thread.Sleep(decodeMilliseconds);
        _source.Read(video, frames, transform, destination, cancellation);

        // Where reading is slow all is reading: on a busy machine the little else that is done may take as long as the sleep.
        ReadTicks += readMilliseconds > 0 ? Stopwatch.GetTimestamp() - started : 0;
    }

    public void Dispose() => _source.Dispose();
}
