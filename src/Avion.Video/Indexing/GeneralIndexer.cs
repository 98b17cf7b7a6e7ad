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
    private int _width;
    private int _height;

    private GeneralIndexer(in VideoSource source) => _source = source;

    private readonly record struct Packet(long Timestamp, long DecodeTimestamp, long Position, int Size, int Flags, long Duration);

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

    private static bool ShowsOnePictureAPacket(int codecId) =>
        codecId is CodecIds.H264 or CodecIds.Hevc or CodecIds.Vp9 or CodecIds.Mjpeg || codecId == CodecIds.Av1;

    private VideoIndex Scan(long length, in Deadline deadline)
    {
        using Demuxer demuxer = new(_source.Path);
        DecoderParameters parameters = demuxer.DecoderParameters;
        bool decodesAll = !ShowsOnePictureAPacket(parameters.CodecId);
        Pass(demuxer, parameters, decodesAll, deadline);
        if (!decodesAll && !HasDistinctTimestamps())
        {
            demuxer.Rewind();
            Pass(demuxer, parameters, decodesAll: true, deadline);
            decodesAll = true;
        }

        if (_packets.Count == 0 || _width == 0)
        {
            throw new VideoException(
                VideoErrorKind.NoFrames, _source.Path, $"Cannot read '{_source}': not one frame of its video stream can be decoded.");
        }

        return Build(demuxer, parameters, decodesAll, length);
    }

    /// <summary>Reads all packets; decodes all of them, or as many as it takes to see the first picture.</summary>
    private void Pass(Demuxer demuxer, in DecoderParameters parameters, bool decodesAll, in Deadline deadline)
    {
        _packets.Clear();
        _shown.Clear();
        using VideoDecoder decoder = new();
        decoder.Open(parameters, rejectDamage: false);
        while (demuxer.Read())
        {
            deadline.Check(_source);
            PacketPointer packet = demuxer.Packet;
            _packets.Add(new Packet(
                packet.Timestamp, packet.DecodeTimestamp, packet.Position, packet.Size, packet.Flags, packet.Duration));
            if (decodesAll || _width == 0)
            {
                packet.Timestamp = _packets.Count - 1;
                packet.DecodeTimestamp = PacketPointer.NoTimestamp;
                while (decoder.Send(packet) == DecodeStatus.Again && Receive(decoder))
                {
                }

                while (Receive(decoder))
                {
                }
            }
        }

        decoder.SendEnd();
        while (Receive(decoder))
        {
        }
    }

    private bool Receive(VideoDecoder decoder)
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
            _shown.Add((int)frame.Timestamp);
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

    private VideoIndex Build(Demuxer demuxer, in DecoderParameters parameters, bool decodedAll, long length)
    {
        long[] timestamps = _packets.Select(packet => packet.Timestamp).ToArray();
        int[] sampleOfFrame = decodedAll ? ShownOnce() : Enumerable.Range(0, timestamps.Length).ToArray();
        if (decodedAll)
        {
            FillTimestamps(timestamps, sampleOfFrame);
        }
        else
        {
            Array.Sort((long[])timestamps.Clone(), sampleOfFrame);
        }

        (int numerator, int denominator) = demuxer.TimeBase;
        byte[] extraData = parameters.ExtraData;
        int codecId = parameters.CodecId;
        bool hasNalLengths = codecId is CodecIds.H264 or CodecIds.Hevc && extraData.Length > 22 && extraData[0] == 1;
        Packet last = _packets[sampleOfFrame[^1]];
        return new VideoIndex
        {
            Road = Road.General,
            Decoder = parameters,
            CodecName = Marshal.PtrToStringUTF8((nint)AvCodec.avcodec_get_name(codecId)) ?? "unknown",
            NalLengthBytes = hasNalLengths ? (extraData[codecId == CodecIds.H264 ? 4 : 21] & 3) + 1 : 0,
            TemporalLayers = hasNalLengths && codecId == CodecIds.Hevc ? (extraData[21] >> 3) & 7 : 0,
            CodedWidth = _width,
            CodedHeight = _height,
            RotationDegrees = demuxer.RotationDegrees,
            TimeBaseNumerator = numerator,
            TimeBaseDenominator = Math.Max(1, denominator),
            Offsets = _packets.Select(packet => packet.Position).ToArray(),
            Sizes = _packets.Select(packet => packet.Size).ToArray(),
            Timestamps = timestamps,
            DecodeTimestamps = _packets
                .Select(packet => packet.DecodeTimestamp != PacketPointer.NoTimestamp
                    ? packet.DecodeTimestamp
                    : packet.Timestamp).ToArray(),
            SampleOfFrame = sampleOfFrame,
            Keyframes = Keyframes(),
            LastFrameTicks = last.Duration > 0 ? last.Duration : AverageTicks(timestamps, sampleOfFrame),
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
    /// given out in that order, which is exact for a constant rate.
    /// </summary>
    private void FillTimestamps(long[] timestamps, int[] sampleOfFrame)
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
    }

    private int[] Keyframes()
    {
        List<int> keyframes = [0];
        for (int sample = 1; sample < _packets.Count; sample++)
        {
            if ((_packets[sample].Flags & PacketPointer.FlagKey) != 0)
            {
                keyframes.Add(sample);
            }
        }

        return [.. keyframes];
    }
}
