namespace Avion.Video;

/// <summary>
/// Makes the index of a file that libavformat reads, by reading all its packets. Where a packet is one shown picture with a timestamp, that
/// is enough. Codecs that hide pictures or pack several into a packet, and containers without timestamps, are decoded once from end to
/// end: the decoder alone knows what they show.
/// </summary>
internal sealed unsafe class GeneralIndexer
{
    private readonly VideoSource _source;
    private readonly List<Packet> _packets = [];
    private readonly List<int> _shown = [];
    private readonly List<uint> _checksums = [];
    private DecoderParameters _parameters;
    private ParameterChanges _changes = new(default);
    private StreamOpening _opening = new(default);
    private int _width;
    private int _height;
    private int _lookAhead;
    private bool _showsOneAPacket;
    private bool _isDrained;

    private GeneralIndexer(in VideoSource source) => _source = source;

    private readonly record struct Packet(
        long Timestamp, long DecodeTimestamp, long Position, int Size, int Flags, long Duration, StartKind Start);

    public static VideoIndex Index(in VideoSource source, long length, in Deadline deadline)
    {
        if (!FFmpegLibraries.HasGeneralRoad)
        {
            throw new VideoException(
                VideoErrorKind.LibraryMissing,
                source.Path,
                $"Cannot read '{source}': it is no plain mp4 or mov file, and other containers need libavformat of the same FFmpeg " +
                $"({FFmpegLibraries.Versions}); install it, on Debian or Ubuntu: apt-get install ffmpeg.");
        }

        if (!source.IsWholeFile)
        {
            throw new VideoException(
                VideoErrorKind.Unsupported, source.Path, $"Cannot read '{source}': only mp4 and mov videos can be parts of a larger file.");
        }

        try
        {
            return new GeneralIndexer(source).Scan(length, deadline);
        }
        catch (VideoException failure) when (failure.Path.Length == 0)
        {
            throw new VideoException(failure.Kind, source.Path, $"Cannot read '{source}': {failure.Message}.", innerException: failure);
        }
    }

    private VideoIndex Scan(long length, in Deadline deadline)
    {
        using Demuxer demuxer = new(_source.Path);
        bool decodesAll = !StartPoint.IsSaidBySamples(demuxer.DecoderParameters.CodecId);
        Pass(demuxer, decodesAll, deadline);
        if (!decodesAll && !(_showsOneAPacket && HasDistinctTimestamps()))
        {
            demuxer.Rewind();
            decodesAll = true;
            Pass(demuxer, decodesAll, deadline);
        }

        if (_packets.Count == 0 || _width == 0)
        {
            throw NoFrames();
        }

        return Build(demuxer, decodesAll, length);
    }

    /// <summary>Reads all packets; decodes all of them, or as many as it takes to know the first pictures.</summary>
    private void Pass(Demuxer demuxer, bool decodesAll, in Deadline deadline)
    {
        SampleFormat format = default;
        _packets.Clear();
        _shown.Clear();
        _checksums.Clear();
        _showsOneAPacket = true;
        _isDrained = false;
        using VideoDecoder decoder = new();
        decoder.Open(demuxer.DecoderParameters, rejectDamage: false);
        while (demuxer.Read())
        {
            deadline.Check(_source);
            PacketPointer packet = demuxer.Packet;
            ReadOnlySpan<byte> data = new(packet.Data, packet.Size);
            if (_packets.Count == 0)
            {
                _parameters = Av1Units.WithOwnSequence(demuxer.DecoderParameters, data);
                format = SampleFormat.Of(_parameters.CodecId, _parameters.ExtraData);
                _changes = new ParameterChanges(_parameters);
                _opening = new StreamOpening(format);
            }

            StartKind start = StartPoint.KindOf(format, data);
            _changes.Add(_packets.Count, data, demuxer.NewExtraData, start);
            _opening.Add(data, start, packet.Timestamp);
            _showsOneAPacket &= format.CodecId != CodecIds.Vp9 || Vp9Header.ShowsOnePicture(data);
            _packets.Add(new Packet(
                packet.Timestamp, packet.DecodeTimestamp, packet.Position, packet.Size, packet.Flags, packet.Duration, start));
            _checksums.Add(0);
            if (decodesAll || _width == 0 || !_opening.IsDecided)
            {
                packet.Timestamp = _packets.Count - 1;
                packet.DecodeTimestamp = PacketPointer.NoTimestamp;
                while (decoder.Send(packet) == DecodeStatus.Again && Receive(decoder, decodesAll))
                {
                }

                while (Receive(decoder, decodesAll))
                {
                }
            }
        }

        _isDrained = true;
        decoder.SendEnd();
        while (Receive(decoder, decodesAll))
        {
        }
    }

    private bool Receive(VideoDecoder decoder, bool decodesAll)
    {
        DecodeStatus status = decoder.Receive(out FramePointer frame);
        if (status != DecodeStatus.Done)
        {
            return false;
        }

        if (_width == 0)
        {
            _width = frame.Width;
            _height = frame.Height;
        }

        if (frame.Timestamp >= 0 && frame.Timestamp < _packets.Count)
        {
            int sample = (int)frame.Timestamp;
            _shown.Add(sample);
            if (decodesAll)
            {
                _checksums[sample] = PictureChecksum.Of(frame);
                _lookAhead = Math.Max(_lookAhead, _isDrained ? 0 : _packets.Count - 1 - sample);
            }
            else
            {
                _opening.Show(sample);
            }
        }

        return true;
    }

    private bool HasDistinctTimestamps()
    {
        HashSet<long> seen = [];
        foreach (Packet packet in _packets)
        {
            if (packet.Timestamp == PacketPointer.NoTimestamp || (packet.Flags & PacketPointer.FlagDiscard) != 0
                || !seen.Add(packet.Timestamp))
            {
                return false;
            }
        }

        return true;
    }

    private VideoIndex Build(Demuxer demuxer, bool decodedAll, long length)
    {
        long[] timestamps = [.. _packets.Select(packet => packet.Timestamp)];
        int[] sampleOfFrame = decodedAll
            ? ShownOnce()
            : [.. Enumerable.Range(0, timestamps.Length).Where(sample => !_opening.Hides(sample)).OrderBy(sample => timestamps[sample])];
        if (sampleOfFrame.Length == 0)
        {
            throw NoFrames();
        }

        bool hasOwnTimes = !decodedAll || !FillTimestamps(timestamps, sampleOfFrame);
        (int numerator, int denominator) = demuxer.TimeBase;
        int codecId = _parameters.CodecId;
        byte[] extraData = _parameters.ExtraData;
        bool saysLayers = codecId == CodecIds.Hevc && SampleFormat.Of(codecId, extraData).NalLengthBytes > 0;
        bool isCompared = !StartPoint.IsSaidBySamples(codecId);
        Packet last = _packets[sampleOfFrame[^1]];
        return new VideoIndex
        {
            Road = Road.General,
            Decoder = _parameters,
            CodecName = Marshal.PtrToStringUTF8((nint)AvCodec.avcodec_get_name(codecId)) ?? "unknown",
            TemporalLayers = saysLayers ? (extraData[21] >> 3) & 7 : 0,
            CodedWidth = _width,
            CodedHeight = _height,
            Orientation = demuxer.Orientation ?? throw Mp4Indexer.Slanted(_source),
            TimeBaseNumerator = numerator,
            TimeBaseDenominator = Math.Max(1, denominator),
            Offsets = [.. _packets.Select(packet => packet.Position)],
            Sizes = [.. _packets.Select(packet => packet.Size)],
            Timestamps = timestamps,
            DecodeTimestamps =
            [
                .. _packets.Select(packet => packet.DecodeTimestamp != PacketPointer.NoTimestamp
                    ? packet.DecodeTimestamp
                    : packet.Timestamp),
            ],
            SampleOfFrame = sampleOfFrame,
            Keyframes = Keyframes(isCompared),
            PictureChecksums = isCompared ? [.. _checksums] : [],
            LookAheadSamples = isCompared ? _lookAhead : 0,
            ChangesParameters = _changes.Any,
            LastFrameTicks = hasOwnTimes && last.Duration > 0 ? last.Duration : AverageTicks(timestamps, sampleOfFrame),
            SourceLength = length,
        };
    }

    private static long AverageTicks(long[] timestamps, int[] sampleOfFrame) => sampleOfFrame.Length < 2
        ? 0
        : (timestamps[sampleOfFrame[^1]] - timestamps[sampleOfFrame[0]]) / (sampleOfFrame.Length - 1);

    /// <summary>Packets in the order in which the decoder showed them; a packet that it showed twice counts once.</summary>
    private int[] ShownOnce()
    {
        HashSet<int> seen = [];
        return _shown.Where(seen.Add).ToArray();
    }

    /// <summary>
    /// Times of shown pictures must rise in the order shown. Where the container's do not (or are missing), the sorted decode times are
    /// given out in that order, which is exact for a constant rate; true when that was done.
    /// </summary>
    private bool FillTimestamps(long[] timestamps, int[] sampleOfFrame)
    {
        bool rises = true;
        for (int frame = 0; frame < sampleOfFrame.Length && rises; frame++)
        {
            long time = timestamps[sampleOfFrame[frame]];
            rises = time != PacketPointer.NoTimestamp && (frame == 0 || time > timestamps[sampleOfFrame[frame - 1]]);
        }

        if (!rises)
        {
            long[] times = sampleOfFrame.Select(sample => _packets[sample].DecodeTimestamp).Order().ToArray();
            bool hasTimes = times.Length > 0 && times[0] != PacketPointer.NoTimestamp && times.Distinct().Count() == times.Length;
            long step = Math.Max(1, _packets[0].Duration);
            for (int frame = 0; frame < sampleOfFrame.Length; frame++)
            {
                timestamps[sampleOfFrame[frame]] = hasTimes ? times[frame] : frame * step;
            }
        }

        HashSet<int> shown = [.. sampleOfFrame];
        for (int sample = 0; sample < timestamps.Length; sample++)
        {
            // A picture that is never shown goes with the one before it.
            if (!shown.Contains(sample))
            {
                timestamps[sample] = sample > 0 ? timestamps[sample - 1] : timestamps[sampleOfFrame[0]];
            }
        }

        return !rises;
    }

    /// <summary>
    /// Samples at which decoding begins: where samples say so, and elsewhere where the container does and the sample does not object.
    /// </summary>
    private int[] Keyframes(bool isCompared)
    {
        List<int> keyframes = [0];
        for (int sample = 1; sample < _packets.Count; sample++)
        {
            Packet packet = _packets[sample];
            bool isStart = isCompared
                ? (packet.Flags & PacketPointer.FlagKey) != 0 && packet.Start != StartKind.None
                : packet.Start != StartKind.None;
            if (isStart && _changes.AllowStart(sample))
            {
                keyframes.Add(sample);
            }
        }

        return [.. keyframes];
    }

    private VideoException NoFrames() => new(
        VideoErrorKind.NoFrames, _source.Path, $"Cannot read '{_source}': not one frame of its video stream can be decoded.");
}
