namespace Avion.Video;

/// <summary>The pictures of a video that somebody is writing, in the order of display: each is decoded once, and none is kept.</summary>
/// <remarks>
/// Containers that are read front to back: MPEG-TS, fragmented mp4, Matroska and others (<see cref="Recording"/>). Times are seconds from
/// the first picture. Data that the decoder rejects, or that the container knows to be incomplete, cost the pictures up to the next one at
/// which decoding can begin; <see cref="Damage"/> tells. One thread at a time.
/// </remarks>
public sealed unsafe class GrowingVideo : IDisposable
{
    // Their pictures come out of order by no more than the reorder depth of a stream, and 60 are whole seconds in clocks of a millisecond.
    private const int MeasuredPictures = 60, MostReorder = 16;
    private const double MeasuredSeconds = 10;
    private const int MostFailuresInARow = 64;

    private readonly string _path;
    private readonly GrowingBytes _bytes;
    private readonly VideoDecoder _decoder;
    private readonly FrameConverter _converter = new();
    private readonly Queue<nint> _held = new();
    private Demuxer? _demuxer;
    private PictureClock? _clock;
    private VideoInfo? _info;
    private FramePointer _frame;
    private double _tick;
    private long _restart = long.MinValue;
    private bool _waitsForStart = true, _hasEnded;
    private int _failures;

    /// <summary>Opens the file; its beginning is waited for in <see cref="Next"/>.</summary>
    /// <param name="path">The file.</param>
    /// <param name="hasEnded">Asked wherever the file ends for now: true ends the video there.</param>
    /// <exception cref="VideoException">The file cannot be opened, or libavformat is missing.</exception>
    public GrowingVideo(string path, WriterHasEnded hasEnded)
    {
        FFmpegLibraries.Require();
        if (!FFmpegLibraries.HasGeneralRoad)
        {
            throw new VideoException(VideoErrorKind.LibraryMissing, path, $"Following '{path}' needs libavformat of the same FFmpeg "
                + $"({FFmpegLibraries.Versions}); install it, on Debian or Ubuntu: apt-get install ffmpeg.");
        }

        _path = path;
        _bytes = new GrowingBytes(path, hasEnded);
        _decoder = new VideoDecoder();
    }

    /// <summary>Time of the picture.</summary>
    public double Seconds { get; private set; }

    /// <summary>Pictures a second, measured on the first of them; 0 where there are too few.</summary>
    public double FramesPerSecond { get; private set; }

    /// <summary>Width of the upright picture in pixels.</summary>
    public int Width => _info?.Width ?? 0;

    /// <summary>Height of the upright picture in pixels.</summary>
    public int Height => _info?.Height ?? 0;

    /// <summary>Why pictures between the one before and this one are lacking; null where none are known to.</summary>
    public string? Damage { get; private set; }

    /// <summary>Waits for the next picture.</summary>
    /// <returns>False at the end.</returns>
    /// <exception cref="VideoException">The file is no video that can be followed.</exception>
    /// <exception cref="OperationCanceledException">Cancelled while waiting.</exception>
    public bool Next(CancellationToken cancellation = default)
    {
        _bytes.Cancellation = cancellation;
        Damage = null;
        if (_demuxer is null)
        {
            Open(cancellation);
        }

        while (true)
        {
            switch (_decoder.Receive(out _frame))
            {
                case DecodeStatus.Done:
                    _failures = 0;
                    if (Accept())
                    {
                        return true;
                    }

                    break;
                case DecodeStatus.Failed when ++_failures < MostFailuresInARow:
                    Lose($"the decoder rejects the data ({VideoDecoder.Describe(_decoder.LastError)})");
                    break;
                case DecodeStatus.Again when !_hasEnded:
                    Send(cancellation);
                    break;
                default:
                    return false;
            }
        }
    }

    /// <summary>Crops, resizes and converts the picture.</summary>
    /// <param name="transform">What to make of it.</param>
    /// <param name="destination">Receives <see cref="FrameTransform.FrameBytes"/> bytes.</param>
    public void Convert(in FrameTransform transform, Span<byte> destination)
    {
        FrameColor color = new((int)_decoder.GetOption("colorspace"u8), (ColorRange)_decoder.GetOption("color_range"u8),
            (int)_decoder.GetOption("chroma_sample_location"u8));
        _converter.Convert(_info!, Seconds, _frame, color, transform, destination);
    }

    public void Dispose()
    {
        while (_held.TryDequeue(out nint held))
        {
            byte* packet = (byte*)held;
            AvCodec.av_packet_free(&packet);
        }

        _demuxer?.Dispose();
        _bytes.Dispose();
        _decoder.Dispose();
        _converter.Dispose();
    }

    private void Open(CancellationToken cancellation)
    {
        try
        {
            _demuxer = new Demuxer(_path, _bytes);
        }
        catch (VideoException)
        {
            ThrowReadFailure(cancellation);
            throw;
        }

        (int numerator, int denominator) = _demuxer.TimeBase;
        _tick = (double)numerator / Math.Max(denominator, 1);
        _clock = new PictureClock(_tick);
        Measure(cancellation);
        _decoder.Open(_demuxer.DecoderParameters, rejectDamage: _demuxer.DecoderParameters.CodecId is CodecIds.H264 or CodecIds.Hevc);
    }

    /// <summary>Holds the first packets until their times tell the rate.</summary>
    private void Measure(CancellationToken cancellation)
    {
        List<long> times = [];
        while (times.Count <= MeasuredPictures + MostReorder && (times.Count < 2 || (times[^1] - times[0]) * _tick < MeasuredSeconds))
        {
            if (!_demuxer!.Read())
            {
                ThrowReadFailure(cancellation);
                _hasEnded = true;
                break;
            }

            times.Add(TimestampOf(_demuxer.Packet));
            _held.Enqueue((nint)AvCodec.av_packet_clone(_demuxer.Packet.Address));
        }

        int last = _hasEnded ? times.Count - 1 : Math.Min(MeasuredPictures, times.Count - 1 - Math.Min(MostReorder, times.Count / 2));
        times.Sort();
        FramesPerSecond = last > 0 && times[last] > times[0] ? last / ((times[last] - times[0]) * _tick) : 0;
        _hasEnded = false;
    }

    /// <summary>Gives the decoder the next packet, or the end.</summary>
    private void Send(CancellationToken cancellation)
    {
        if (_held.TryDequeue(out nint held))
        {
            byte* packet = (byte*)held;
            Send(new PacketPointer(packet));
            AvCodec.av_packet_free(&packet);
        }
        else if (_demuxer!.Read())
        {
            Send(_demuxer.Packet);
        }
        else
        {
            ThrowReadFailure(cancellation);
            _hasEnded = true;
            _decoder.SendEnd();
        }
    }

    private void Send(PacketPointer packet)
    {
        if ((packet.Flags & PacketPointer.FlagCorrupt) != 0)
        {
            Lose("the container lacks some of the data");
        }

        long time = TimestampOf(packet);
        bool isStart = (packet.Flags & (PacketPointer.FlagKey | PacketPointer.FlagCorrupt)) == PacketPointer.FlagKey;
        if (_waitsForStart && !isStart)
        {
            return;
        }

        // Pictures that follow a start and are shown before it refer to what was lost.
        _restart = _waitsForStart ? time : isStart ? long.MinValue : _restart;
        _waitsForStart = false;
        if (time < _restart)
        {
            return;
        }

        packet.Timestamp = time;
        packet.DecodeTimestamp = PacketPointer.NoTimestamp;
        if (_decoder.Send(packet) == DecodeStatus.Failed)
        {
            Lose($"the decoder rejects the data ({VideoDecoder.Describe(_decoder.LastError)})");
        }
    }

    private long TimestampOf(PacketPointer packet) => packet.Timestamp != PacketPointer.NoTimestamp ? packet.Timestamp
        : packet.DecodeTimestamp != PacketPointer.NoTimestamp ? packet.DecodeTimestamp
        : throw new VideoException(VideoErrorKind.Unsupported, _path, $"Cannot follow '{_path}': its pictures have no times. "
            + "Record into MPEG-TS, Matroska or fragmented mp4.");

    private void Lose(string reason)
    {
        Damage ??= string.Create(CultureInfo.InvariantCulture, $"Cannot decode '{_path}' after {Seconds:0.000} s: {reason}; "
            + $"the file is damaged there.");
        _decoder.Flush();
        _waitsForStart = true;
    }

    /// <summary>Takes a decoded picture; false for one that is left out.</summary>
    private bool Accept()
    {
        if (_clock!.SecondsOf(_frame.Timestamp, FramesPerSecond > 0 ? 1 / FramesPerSecond : _tick) is not { } seconds)
        {
            return false;
        }

        _info ??= Describe();
        if (_frame.Width != _info.Index.CodedWidth || _frame.Height != _info.Index.CodedHeight)
        {
            Damage = $"The pictures of '{_path}' change from {_info.Index.CodedWidth} x {_info.Index.CodedHeight} to {_frame.Width} x "
                + $"{_frame.Height}; one size is expected.";
            return false;
        }

        Seconds = seconds;
        return true;
    }

    /// <summary>What converting asks of a video.</summary>
    private VideoInfo Describe()
    {
        DecoderParameters parameters = _demuxer!.DecoderParameters;
        (int numerator, int denominator) = _demuxer.TimeBase;
        VideoSource source = new(_path);
        return new VideoInfo(source, new VideoIndex
        {
            Road = Road.General,
            Decoder = parameters,
            CodecName = Marshal.PtrToStringUTF8((nint)AvCodec.avcodec_get_name(parameters.CodecId)) ?? "unknown",
            CodedWidth = _frame.Width,
            CodedHeight = _frame.Height,
            Orientation = _demuxer.Orientation ?? throw Mp4Indexer.Slanted(source),
            TimeBaseNumerator = numerator,
            TimeBaseDenominator = Math.Max(1, denominator),
            Offsets = [0],
            Sizes = [0],
            Timestamps = [0],
            SampleOfFrame = [0],
            Keyframes = [0],
            LastFrameTicks = 0,
        });
    }

    private void ThrowReadFailure(CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (_bytes.Failure is { } failure)
        {
            throw new VideoException(VideoErrorKind.Unreadable, _path, $"Cannot read '{_path}': "
                + $"{failure.Message}", innerException: failure);
        }
    }
}
