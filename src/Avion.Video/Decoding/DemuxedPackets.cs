namespace Avion.Video;

/// <summary>
/// The general road: libavformat reads the file, and each packet is recognised by what the index knows of it, so that a seek that lands
/// elsewhere than asked is noticed and never gives a wrong frame. The file stays open for the next clip.
/// </summary>
internal sealed unsafe class DemuxedPackets : PacketSource
{
    /// <summary>Samples that are cheaper to read past than to seek over.</summary>
    private const int ReadPast = 32;

    /// <summary>Packets after a seek among which the first known one must be.</summary>
    private const int SeekPatience = 64;

    private Demuxer? _demuxer;
    private VideoInfo _info = null!;
    private int _sample;
    private int _last;

    /// <summary>Sample that the next packet of the demuxer is; -1 unknown.</summary>
    private int _next = -1;
    private bool _holdsPacket;

    public override int Sample => _sample;

    public override ReadOnlySpan<byte> Data => new(_demuxer!.Packet.Data, _demuxer.Packet.Size);

    public override void Open(VideoInfo info)
    {
        if (_demuxer is not null && ReferenceEquals(info, _info))
        {
            return;
        }

        Release();
        _info = info;
        _demuxer = new Demuxer(info.Path);
        _next = 0;
    }

    public override void StartRun(int first, int last, in Deadline deadline)
    {
        _last = last;
        bool isNear = _next >= 0 && !_holdsPacket && first >= _next && first - _next <= ReadPast;
        if (!isNear && !(first > ReadPast && SeekTo(first)))
        {
            _demuxer!.Rewind();
            _holdsPacket = false;
            _next = 0;
        }

        while (_next < first)
        {
            deadline.Check(_info, _info.SecondsOfSample(_next));
            if (!Advance())
            {
                throw Ended(first);
            }
        }

        _sample = first - 1;
    }

    public override bool MoveNext()
    {
        if (_sample >= _last)
        {
            return false;
        }

        if (!Advance())
        {
            throw Ended(_sample + 1);
        }

        _sample = _next - 1;
        return true;
    }

    public override DecodeStatus Send(VideoDecoder decoder)
    {
        PacketPointer packet = _demuxer!.Packet;
        packet.Timestamp = _sample;
        packet.DecodeTimestamp = PacketPointer.NoTimestamp;
        return decoder.Send(packet);
    }

    /// <summary>The file stays open; <see cref="Release"/> closes it.</summary>
    public override void Close()
    {
    }

    /// <summary>Closes the file.</summary>
    public void Release()
    {
        _demuxer?.Dispose();
        _demuxer = null;
        _next = -1;
        _holdsPacket = false;
    }

    public override void Dispose() => Release();

    /// <summary>Takes the packet of sample <see cref="_next"/>.</summary>
    private bool Advance()
    {
        if (_holdsPacket)
        {
            _holdsPacket = false;
        }
        else if (!_demuxer!.Read())
        {
            return false;
        }

        if (_next >= _info.Index.SampleCount || _demuxer!.Packet.Size != _info.Index.Sizes[_next])
        {
            throw new VideoException(
                VideoErrorKind.Corrupt,
                _info.Path,
                $"Cannot read '{_info.Source}': its packets are not those that were indexed; the file was changed meanwhile. "
                    + "Open it anew.");
        }

        _next++;
        return true;
    }

    private bool SeekTo(int first)
    {
        _holdsPacket = false;
        VideoIndex index = _info.Index;
        if (!_demuxer!.Seek(index.DecodeTimestamps[first]))
        {
            return false;
        }

        for (int i = 0; i < SeekPatience && _demuxer.Read(); i++)
        {
            int sample = Recognise(index, _demuxer.Packet);
            if (sample >= 0)
            {
                _next = sample;
                _holdsPacket = true;
                return sample <= first;
            }
        }

        return false;
    }

    /// <summary>The one sample with this packet's place, size and time; -1 for none or several.</summary>
    private static int Recognise(VideoIndex index, PacketPointer packet)
    {
        long time = packet.DecodeTimestamp != PacketPointer.NoTimestamp ? packet.DecodeTimestamp : packet.Timestamp;
        int found = -1;
        for (int sample = 0; sample < index.SampleCount; sample++)
        {
            if (index.Sizes[sample] == packet.Size && index.Offsets[sample] == packet.Position && index.DecodeTimestamps[sample] == time)
            {
                if (found >= 0)
                {
                    return -1;
                }

                found = sample;
            }
        }

        return found;
    }

    private VideoException Ended(int sample)
    {
        double time = _info.SecondsOfSample(sample);
        return new VideoException(
            VideoErrorKind.Truncated,
            _info.Path,
            $"Cannot read '{_info.Source}' at {time:0.000} s: the file ends earlier than when it was indexed, or cannot be read there.",
            time);
    }
}
