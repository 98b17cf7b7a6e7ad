namespace Avion.Data;

/// <summary>Size, length and rate of a video file.</summary>
/// <param name="Width">Columns of a frame as shown.</param>
/// <param name="Height">Rows of a frame as shown.</param>
/// <param name="FrameCount">Frames that can be read.</param>
/// <param name="FramesPerSecond">Average rate.</param>
public readonly record struct VideoShape(int Width, int Height, int FrameCount, double FramesPerSecond);

/// <summary>Where a decode thread gets frames; the seam between loading and video, one object a thread.</summary>
public interface IClipSource : IDisposable
{
    /// <summary>Size, length and rate of a video. A file that is asked for, however often, and then read is opened once.</summary>
    VideoShape GetShape(in VideoSource video);

    /// <summary>Reads frames, in any order and also repeated, as planes: [frames.Length, 3, H, W] bytes.</summary>
    void Read(
        in VideoSource video,
        ReadOnlySpan<int> frames,
        in FrameTransform transform,
        Span<byte> destination,
        CancellationToken cancellation);

    /// <summary>Time of opening and reading files so far, in <see cref="System.Diagnostics.Stopwatch"/> ticks; 0 for a source that does not
    /// count it. Asked by the thread that reads.</summary>
    long ReadTicks => 0;

    /// <summary>Bytes read from files so far; 0 for a source that does not count them. Asked by the thread that reads.</summary>
    long BytesRead => 0;
}
