using System;
using System.Threading;
using Avion.Video;

namespace Avion.Data;

/// <summary>Frames from video files, by a <see cref="ClipReader"/> of its own.</summary>
public sealed class VideoClipSource : IClipSource
{
    private readonly ClipReader _reader;

    /// <summary>Opens a reader; a clip that takes longer than <paramref name="deadlineSeconds"/> from one file is given up.</summary>
    /// <exception cref="VideoException">FFmpeg's libraries are absent or of an unknown version.</exception>
    public VideoClipSource(double deadlineSeconds = 60) =>
        _reader = new ClipReader(new ClipReaderOptions { DeadlineSeconds = deadlineSeconds });

    /// <inheritdoc/>
    public VideoShape GetShape(in VideoSource video)
    {
        VideoInfo info = _reader.GetInfo(video);
        return new VideoShape(info.Width, info.Height, info.FrameCount, StandardRate(info.FramesPerSecond));
    }

    /// <inheritdoc/>
    public void Read(
        in VideoSource video,
        ReadOnlySpan<int> frames,
        in FrameTransform transform,
        Span<byte> destination,
        CancellationToken cancellation) =>
        _reader.Read(_reader.GetInfo(video), frames, transform, destination, cancellation);

    public void Dispose() => _reader.Dispose();

    /// <summary>
    /// The multiple of 1/1001 or 1/1000 that a measured rate is within rounding of: 30, not 29.999999999 — a rounded time·rate must not
    /// depend on the last bit of a quotient.
    /// </summary>
    internal static double StandardRate(double framesPerSecond)
    {
        const double relativeRounding = 1e-6;
        foreach (double denominator in (ReadOnlySpan<double>)[1001, 1000])
        {
            double standard = Math.Round(framesPerSecond * denominator) / denominator;
            if (Math.Abs(standard - framesPerSecond) <= relativeRounding * framesPerSecond)
            {
                return standard;
            }
        }

        return framesPerSecond;
    }
}
