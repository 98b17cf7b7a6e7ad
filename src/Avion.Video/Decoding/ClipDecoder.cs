namespace Avion.Video;

/// <summary>
/// Decodes wanted frames of a file exactly: for each run of the plan it sends the pictures that others depend on and the wanted ones,
/// drains the decoder, and hands each wanted frame to a sink. Frames are known by the number of their sample, which travels through the
/// decoder as their timestamp, so that nothing depends on counting or on a container's clock.
/// </summary>
internal sealed class ClipDecoder(bool rejectDamage) : IDisposable
{
    /// <summary>Rejections in a row after which a decoder is taken to be stuck.</summary>
    private const int MostFailuresInARow = 64;

    private readonly VideoDecoder _decoder = new(showsUnrecovered: true);
    private readonly ClipPlan _plan = new();
    private VideoInfo _info = null!;
    private VideoIndex _index = null!;
    private int _pending;
    private bool _rejectsNow;
    private bool _isCompared;
    private bool _mayStepBack;
    private bool _isWrongStart;
    private bool[] _delivered = [];

    public long FramesDecoded { get; private set; }

    public long FramesDelivered { get; private set; }

    public long PacketsSent { get; private set; }

    public long PacketsSkipped { get; private set; }

    public long RunsDecoded { get; private set; }

    public long DecodersOpened { get; private set; }

    public long DecodeTicks { get; private set; }

    /// <summary>Delivers each frame once to the sink; throws when one cannot be had.</summary>
    public void Decode<TSink>(VideoInfo info, PacketSource packets, ReadOnlySpan<int> frames, ref TSink sink, in Deadline deadline)
        where TSink : struct, IFrameSink, allows ref struct
    {
        _info = info;
        _index = info.Index;
        _plan.Make(_index, frames);
        if (_delivered.Length < frames.Length)
        {
            _delivered = new bool[frames.Length];
        }

        _delivered.AsSpan(0, frames.Length).Clear();
        foreach (ClipPlan.Run run in _plan.Runs)
        {
            DecodeRun(packets, run, ref sink, deadline);
        }
    }

    /// <summary>Drops the decoder's state after a failure, whatever it was.</summary>
    public void Reset() => _decoder.Close();

    public void Dispose() => _decoder.Dispose();

    private void DecodeRun<TSink>(PacketSource packets, in ClipPlan.Run run, ref TSink sink, in Deadline deadline)
        where TSink : struct, IFrameSink, allows ref struct
    {
        int from = _plan.FirstWantedAt(run.First);
        int to = _plan.FirstWantedAt(run.Last + 1);
        int position = run.KeyframePosition;
        int stepBack = 1;
        Span<int> tried = stackalloc int[32];
        int tries = 0;
        while (true)
        {
            _pending = _delivered.AsSpan(from, to - from).Count(false);
            bool isStart = position == run.KeyframePosition || CanStart(packets, position, deadline);
            if (isStart && TryRun(packets, position, run.Last, ref sink, deadline, out isStart))
            {
                // What failed before this start was no damage, since the same pictures decode from here.
                foreach (int wrong in tried[..tries])
                {
                    _index.RejectStart(wrong);
                }

                return;
            }

            if (position == 0)
            {
                throw Missing(from, to);
            }

            if (isStart)
            {
                // Begin earlier, in growing steps so that a damaged file does not cost the square of its length.
                tried[tries] = position;
                tries = Math.Min(tries + 1, tried.Length - 1);
                position = EarlierPosition(position - stepBack, from, to);
                stepBack *= 2;
            }
            else
            {
                _index.RejectStart(position);
                position = EarlierPosition(position - 1, from, to);
            }
        }
    }

    /// <summary>The nearest keyframe at or before a position that is shown no later than any frame still wanted.</summary>
    private int EarlierPosition(int position, int from, int to)
    {
        long earliest = long.MaxValue;
        for (int entry = from; entry < to; entry++)
        {
            earliest = _delivered[entry] ? earliest : Math.Min(earliest, _index.Timestamps[ClipPlan.SampleOf(_plan.Wanted[entry])]);
        }

        return _index.PositionAtOrBefore(Math.Max(0, position), earliest);
    }

    /// <summary>Looks at a keyframe's sample alone, which is cheaper than the run that would begin there.</summary>
    private bool CanStart(PacketSource packets, int position, in Deadline deadline)
    {
        if (position == 0 || !StartPoint.IsSaidBySamples(_index.CodecId))
        {
            return true;
        }

        int sample = _index.Keyframes[position];
        packets.StartRun(sample, sample, deadline);
        return packets.MoveNext() && StartPoint.KindOf(_index.SampleFormat, packets.Data) != StartKind.None;
    }

    /// <summary>
    /// Decodes from a keyframe to the last sample; false when not every wanted frame came out. <paramref name="isStart"/> is false when the
    /// sample itself says that nothing can begin at it.
    /// </summary>
    private bool TryRun<TSink>(
        PacketSource packets, int keyframePosition, int last, ref TSink sink, in Deadline deadline, out bool isStart)
        where TSink : struct, IFrameSink, allows ref struct
    {
        int first = _index.Keyframes[keyframePosition];
        bool mayDrop = _index.HasNalUnits;
        isStart = true;
        OpenDecoder();
        if (_index.IsPrimedByFirstSample && first > 0)
        {
            Prime(packets, deadline);
        }

        packets.StartRun(first, Math.Min(last + _index.LookAheadSamples, _index.SampleCount - 1), deadline);
        RunsDecoded++;
        _isWrongStart = false;
        int next = _plan.FirstWantedAt(first);
        while (_pending > 0 && !_isWrongStart && packets.MoveNext())
        {
            int sample = packets.Sample;
            deadline.Check(_info, _info.SecondsOfSample(sample));
            if (sample == first)
            {
                StartKind start = StartPoint.KindOf(_index.SampleFormat, packets.Data);
                isStart = start != StartKind.None || keyframePosition == 0;
                if (!isStart)
                {
                    return false;
                }

                ExpectFrom(start, keyframePosition);
                SendStoredSequence(packets.Data);
            }

            while (next < _plan.WantedCount && ClipPlan.SampleOf(_plan.Wanted[next]) < sample)
            {
                next++;
            }

            bool wanted = next < _plan.WantedCount && ClipPlan.SampleOf(_plan.Wanted[next]) == sample;
            if (!wanted && mayDrop && NalUnits.IsDisposable(_index, packets.Data))
            {
                PacketsSkipped++;
                continue;
            }

            Send(packets, sample, first, last, ref sink);
        }

        if (_pending > 0 && !_isWrongStart)
        {
            long started = Stopwatch.GetTimestamp();
            _decoder.SendEnd();
            DecodeTicks += Stopwatch.GetTimestamp() - started;
            Receive(last, first, last, ref sink);
        }

        return _pending == 0;
    }

    private void OpenDecoder()
    {
        long started = Stopwatch.GetTimestamp();
        if (_index.ChangesParameters)
        {
            _decoder.Close();
        }

        if (_decoder.Open(_index.Decoder, rejectDamage: false))
        {
            DecodersOpened++;
        }

        DecodeTicks += Stopwatch.GetTimestamp() - started;
    }

    /// <summary>Gives the decoder the AV1 sequence header that the container stores where the first sample does not hold its own.</summary>
    private void SendStoredSequence(ReadOnlySpan<byte> sample)
    {
        if (_index.CodecId == CodecIds.Av1 && _index.SampleFormat.HasParameterSets && Av1Units.Sequence(sample).IsEmpty)
        {
            _decoder.SendSequence(Av1Units.ConfiguredSequence(_index.Decoder.ExtraData));
        }
    }

    /// <summary>Decides what a failure in the run means: damage, or only that decoding could not begin where it did.</summary>
    private void ExpectFrom(StartKind start, int keyframePosition)
    {
        _mayStepBack = keyframePosition > 0 && start != StartKind.Closed;
        _isCompared = keyframePosition > 0 && _index.PictureChecksums.Length > 0;
        _rejectsNow = rejectDamage && start is StartKind.Closed or StartKind.Unknown;
        if (_index.HasNalUnits)
        {
            _decoder.SetRejectDamage(_rejectsNow);
        }
    }

    /// <summary>Lets the decoder see the first sample of the file, whose picture is thrown away.</summary>
    private void Prime(PacketSource packets, in Deadline deadline)
    {
        packets.StartRun(0, 0, deadline);
        if (packets.MoveNext() && packets.Send(_decoder) == DecodeStatus.Done)
        {
            PacketsSent++;
            _decoder.SendEnd();
        }

        _decoder.Flush();
    }

    private void Send<TSink>(PacketSource packets, int sample, int first, int last, ref TSink sink)
        where TSink : struct, IFrameSink, allows ref struct
    {
        while (true)
        {
            long started = Stopwatch.GetTimestamp();
            DecodeStatus status = packets.Send(_decoder);
            DecodeTicks += Stopwatch.GetTimestamp() - started;
            if (status == DecodeStatus.Again)
            {
                Receive(sample, first, last, ref sink);
                continue;
            }

            PacketsSent++;
            if (status == DecodeStatus.Failed)
            {
                RejectUnlessExcused(sample, first, last);
            }

            break;
        }

        Receive(sample, first, last, ref sink);
    }

    private void Receive<TSink>(int sample, int first, int last, ref TSink sink)
        where TSink : struct, IFrameSink, allows ref struct
    {
        for (int failures = 0; _pending > 0 && !_isWrongStart && failures < MostFailuresInARow;)
        {
            long started = Stopwatch.GetTimestamp();
            DecodeStatus status = _decoder.Receive(out FramePointer frame);
            DecodeTicks += Stopwatch.GetTimestamp() - started;
            if (status == DecodeStatus.Done)
            {
                failures = 0;
                FramesDecoded++;
                Deliver(frame, ref sink);
            }
            else if (status == DecodeStatus.Failed)
            {
                // The decoder may still hold good frames behind the one that failed.
                failures++;
                RejectUnlessExcused(sample, first, last);
            }
            else
            {
                return;
            }
        }
    }

    private void Deliver<TSink>(FramePointer frame, ref TSink sink)
        where TSink : struct, IFrameSink, allows ref struct
    {
        if (frame.Timestamp < 0 || frame.Timestamp >= _index.SampleCount)
        {
            return;
        }

        int sample = (int)frame.Timestamp;
        int from = _plan.FirstWantedAt(sample);
        int to = from;
        while (to < _plan.WantedCount && ClipPlan.SampleOf(_plan.Wanted[to]) == sample)
        {
            to++;
        }

        if (to == from || _delivered[from])
        {
            return;
        }

        if (_isCompared && PictureChecksum.Of(frame) != _index.PictureChecksums[sample])
        {
            _isWrongStart = true;
            return;
        }

        if (frame.Width != _index.CodedWidth || frame.Height != _index.CodedHeight)
        {
            double time = _info.SecondsOfSample(sample);
            throw new VideoException(
                VideoErrorKind.Unsupported,
                _info.Path,
                $"Cannot read '{_info.Source}' at {time:0.000} s: the picture is {frame.Width} × {frame.Height}, and the file declares " +
                $"{_index.CodedWidth} × {_index.CodedHeight}; sizes that change or are declared wrongly are not supported. Re-encode it.",
                time);
        }

        FrameColor color = new(
            (int)_decoder.GetOption("colorspace"u8),
            (ColorRange)_decoder.GetOption("color_range"u8),
            (int)_decoder.GetOption("chroma_sample_location"u8));
        sink.Accept(frame, color, _plan.Wanted[from..to]);
        _delivered.AsSpan(from, to - from).Fill(true);
        _pending -= to - from;
        FramesDelivered += to - from;
    }

    /// <summary>
    /// A picture that the decoder rejects fails the clip, unless decoding can begin earlier or nothing wanted can depend on it: those shown
    /// before the keyframe of the run refer to pictures before it, which were not decoded; those before the first picture of the file are
    /// what a cut left over; and those after the last wanted one are only there to push it out.
    /// </summary>
    private void RejectUnlessExcused(int sample, int first, int last)
    {
        if (_index.Timestamps[sample] < _index.Timestamps[first] || sample < _index.FirstShownSample || sample > last)
        {
            return;
        }

        _isWrongStart = _mayStepBack && _rejectsNow;
        if (_isWrongStart || !_rejectsNow)
        {
            return;
        }

        double time = _info.SecondsOfSample(sample);
        throw new VideoException(
            VideoErrorKind.Corrupt,
            _info.Path,
            $"Cannot decode '{_info.Source}' at {time:0.000} s: the decoder ({_index.CodecName}) rejects the data " +
            $"({VideoDecoder.Describe(_decoder.LastError)}); the file is damaged there.",
            time);
    }

    private VideoException Missing(int from, int to)
    {
        int missing = from;
        while (missing < to - 1 && _delivered[missing])
        {
            missing++;
        }

        double time = _info.SecondsOfSample(ClipPlan.SampleOf(_plan.Wanted[missing]));
        return new VideoException(
            VideoErrorKind.Corrupt,
            _info.Path,
            $"Cannot decode '{_info.Source}' at {time:0.000} s: the decoder ({_index.CodecName}) gives no picture for it; "
                + "the file is damaged there.",
            time);
    }
}
