namespace Avion.Video;

/// <summary>
/// Reads clips: chosen frames of a video, cropped, resized and converted to RGB bytes in the caller's memory. Keep one per worker thread:
/// it holds a decoder and its buffers, is not safe for threads, and a warm read allocates no managed memory. After any
/// <see cref="VideoException"/> it can be used on.
/// </summary>
public sealed class ClipReader : IDisposable
{
    private readonly ClipReaderOptions _options;
    private readonly VideoInfoCache _cache;
    private readonly OpenFiles _files = new();
    private readonly ClipDecoder _decoder;
    private readonly FrameConverter _converter = new();
    private readonly IndexedPackets _indexed;
    private DemuxedPackets? _demuxed;
    private long _clips;
    private long _framesConverted;
    private long _convertTicks;
    private bool _disposed;

    public ClipReader(ClipReaderOptions? options = null)
    {
        FFmpegLibraries.Require();
        _options = options ?? new ClipReaderOptions();
        _cache = _options.Cache ?? VideoInfoCache.Shared;
        _decoder = new ClipDecoder(_options.RejectDamage);
        _indexed = new IndexedPackets(_files);
    }

    /// <summary>What this reader has done so far.</summary>
    public DecodeCounters Counters => new(
        _clips,
        _decoder.FramesDecoded,
        _framesConverted,
        _decoder.PacketsSent,
        _decoder.PacketsSkipped,
        _decoder.RunsDecoded,
        _files.OpenCalls,
        _files.ReadCalls,
        _files.BytesRead,
        _decoder.DecodersOpened,
        _decoder.DecodeTicks,
        _convertTicks,
        _files.ReadTicks);

    /// <summary>Opens and indexes a file, or finds its index in the cache if the file was not changed since.</summary>
    public VideoInfo GetInfo(string path, CancellationToken cancellationToken = default) =>
        GetInfo(new VideoSource(path), cancellationToken);

    /// <inheritdoc cref="GetInfo(string, CancellationToken)"/>
    public VideoInfo GetInfo(in VideoSource source, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        VideoInfo? known = _cache.Find(source);
        return known is not null && IsUnchanged(known) ? known : Index(source, cancellationToken);
    }

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
        Read(GetInfo(path, cancellationToken), frameIndices, transform, destination, cancellationToken);

    /// <inheritdoc cref="Read(string, ReadOnlySpan{int}, in FrameTransform, Span{byte}, CancellationToken)"/>
    public void Read(
        VideoInfo info,
        ReadOnlySpan<int> frameIndices,
        in FrameTransform transform,
        Span<byte> destination,
        CancellationToken cancellationToken = default) =>
        Read(info, frameIndices, new ReadOnlySpan<FrameTransform>(in transform), destination, cancellationToken);

    /// <summary>
    /// Reads the same frames with several transforms (repeated augmentation, three crops): each frame is decoded once. The destination
    /// holds
    /// <c>[transforms, frames]</c> slices, all of one size.
    /// </summary>
    public void Read(
        VideoInfo info,
        ReadOnlySpan<int> frameIndices,
        ReadOnlySpan<FrameTransform> transforms,
        Span<byte> destination,
        CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ClipArguments.Check(info, frameIndices, transforms, destination);
        if (frameIndices.IsEmpty)
        {
            return;
        }

        ConvertingSink sink = new(this, info, transforms, frameIndices.Length, destination);
        Decode(info, frameIndices, ref sink, cancellationToken);
        _clips++;
    }

    public void Dispose()
    {
        _disposed = true;
        _decoder.Dispose();
        _converter.Dispose();
        _indexed.Dispose();
        _demuxed?.Dispose();
        _files.Dispose();
    }

    /// <summary>Decodes frames into any sink; what
    /// <see cref="Read(VideoInfo, ReadOnlySpan{int}, in FrameTransform, Span{byte}, CancellationToken)"/> and tests share.</summary>
    internal void Decode<TSink>(VideoInfo info, ReadOnlySpan<int> frameIndices, ref TSink sink, CancellationToken cancellationToken)
        where TSink : struct, IFrameSink, allows ref struct
    {
        Deadline deadline = new(_options.DeadlineSeconds, cancellationToken);
        PacketSource packets = info.Index.Road == Road.Indexed ? _indexed : _demuxed ??= new DemuxedPackets();
        bool completed = false;
        try
        {
            packets.Open(info);
            _decoder.Decode(info, packets, frameIndices, ref sink, deadline);
            completed = true;
        }
        catch (VideoException failure) when (failure.Path.Length == 0 && failure.Kind != VideoErrorKind.LibraryMissing)
        {
            throw new VideoException(failure.Kind, info.Path, $"Cannot decode '{info.Source}': {failure.Message}.",
                innerException: failure);
        }
        finally
        {
            packets.Close();
            if (!completed)
            {
                _decoder.Reset();
                _demuxed?.Release();
            }
        }
    }

    /// <summary>Whether the file is still the one that was indexed; a file that cannot be opened
    /// any more is for the indexer to report.</summary>
    private bool IsUnchanged(VideoInfo info)
    {
        try
        {
            return FileStamp.Of(_files.Open(info.Path, info.PathUtf8)) == info.Stamp;
        }
        catch (VideoException)
        {
            return false;
        }
    }

    private VideoInfo Index(in VideoSource source, CancellationToken cancellationToken)
    {
        Deadline deadline = new(_options.IndexDeadlineSeconds, cancellationToken);
        VideoInfo info = VideoIndexer.Index(_files, source, _options.ForceGeneralRoad, _options.UseIndexFiles, deadline);
        _cache.Add(info);
        return info;
    }

    /// <summary>Converts each wanted frame into its slices, and copies those that were asked for more than once.</summary>
    private readonly ref struct ConvertingSink : IFrameSink
    {
        private readonly ClipReader _reader;
        private readonly VideoInfo _info;
        private readonly ReadOnlySpan<FrameTransform> _transforms;
        private readonly int _frameCount;
        private readonly Span<byte> _destination;

        public ConvertingSink(
            ClipReader reader, VideoInfo info, ReadOnlySpan<FrameTransform> transforms, int frameCount, Span<byte> destination)
        {
            _reader = reader;
            _info = info;
            _transforms = transforms;
            _frameCount = frameCount;
            _destination = destination;
        }

        public void Accept(FramePointer frame, in FrameColor color, ReadOnlySpan<long> wanted)
        {
            long started = Stopwatch.GetTimestamp();
            double time = _info.SecondsOfSample(ClipPlan.SampleOf(wanted[0]));
            int bytes = _transforms[0].FrameBytes;
            for (int view = 0; view < _transforms.Length; view++)
            {
                Span<byte> clip = _destination.Slice(view * _frameCount * bytes, _frameCount * bytes);
                Span<byte> first = clip.Slice(ClipPlan.SlotOf(wanted[0]) * bytes, bytes);
                _reader._converter.Convert(_info, time, frame, color, _transforms[view], first);
                _reader._framesConverted++;
                for (int repeat = 1; repeat < wanted.Length; repeat++)
                {
                    first.CopyTo(clip[(ClipPlan.SlotOf(wanted[repeat]) * bytes)..]);
                }
            }

            _reader._convertTicks += Stopwatch.GetTimestamp() - started;
        }
    }
}
