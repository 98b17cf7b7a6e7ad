using System;
using System.Threading;

namespace Avion.Video;

/// <summary>
/// Reads clips: chosen frames of a video, cropped, resized and converted to RGB bytes in the caller's memory. Keep one per worker thread: it
/// holds a decoder and its buffers, is not safe for threads, and a warm read allocates no managed memory. After any
/// <see cref="VideoException"/> it can be used on.
/// </summary>
public sealed class ClipReader : IDisposable
{
    private readonly ClipReaderOptions _options;

    public ClipReader(ClipReaderOptions? options = null)
    {
        FFmpegLibraries.Require();
        _options = options ?? new ClipReaderOptions();
    }

    /// <summary>What this reader has done so far.</summary>
    public DecodeCounters Counters => default;

    /// <summary>Opens and indexes a file, or finds its index in the cache.</summary>
    public VideoInfo GetInfo(string path) => GetInfo(new VideoSource(path));

    /// <inheritdoc cref="GetInfo(string)"/>
    public VideoInfo GetInfo(in VideoSource source) => throw new NotImplementedException();

    /// <summary>
    /// Reads frames of a file. <paramref name="frameIndices"/> count in display order, may come in any order and repeat; the pixels of
    /// <c>frameIndices[i]</c> go to slice <c>i</c> of <paramref name="destination"/>, which holds as many slices of
    /// <see cref="FrameTransform.FrameBytes"/> as there are indices (give a slice of a larger buffer to fill a clip from several files).
    /// </summary>
    public void Read(
        string path,
        ReadOnlySpan<int> frameIndices,
        in FrameTransform transform,
        Span<byte> destination,
        CancellationToken cancellationToken = default) =>
        Read(GetInfo(path), frameIndices, transform, destination, cancellationToken);

    /// <inheritdoc cref="Read(string, ReadOnlySpan{int}, in FrameTransform, Span{byte}, CancellationToken)"/>
    public void Read(
        VideoInfo info,
        ReadOnlySpan<int> frameIndices,
        in FrameTransform transform,
        Span<byte> destination,
        CancellationToken cancellationToken = default) =>
        Read(info, frameIndices, new ReadOnlySpan<FrameTransform>(in transform), destination, cancellationToken);

    /// <summary>
    /// Reads the same frames with several transforms (repeated augmentation, three crops): each frame is decoded once. The destination holds
    /// <c>[transforms, frames]</c> slices, all of one size.
    /// </summary>
    public void Read(
        VideoInfo info,
        ReadOnlySpan<int> frameIndices,
        ReadOnlySpan<FrameTransform> transforms,
        Span<byte> destination,
        CancellationToken cancellationToken = default) => throw new NotImplementedException();

    public void Dispose()
    {
    }
}
