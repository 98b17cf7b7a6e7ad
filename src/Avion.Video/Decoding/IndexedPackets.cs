namespace Avion.Video;

/// <summary>
/// The indexed road: byte ranges of a run are read into the reader's own memory, in one positioned read where they lie close together, and
/// go to the decoder from there.
/// </summary>
internal sealed unsafe class IndexedPackets(OpenFiles files) : PacketSource
{
    /// <summary>Foreign bytes between two samples (sound of the same moment) that are cheaper to read than to jump over.</summary>
    private const long LargestGapBytes = 64 << 10;

    /// <summary>A long run of large pictures is read in parts of about this size, so that memory stays bounded.</summary>
    private const long LargestReadBytes = 8 << 20;

    private readonly NativeBuffer _buffer = new();
    private VideoInfo _info = null!;
    private PositionedFile _file = null!;
    private long _bufferOffset;
    private int _loadedLast;
    private int _sample;
    private int _last;

    public override int Sample => _sample;

    public override ReadOnlySpan<byte> Data => new(Address, _info.Index.Sizes[_sample]);

    private byte* Address => _buffer.Address + (_info.Index.Offsets[_sample] - _bufferOffset);

    public override void Open(VideoInfo info)
    {
        _info = info;
        _file = files.Open(info.Path, info.PathUtf8);
        if (info.Stamp != default && FileStamp.Of(_file) != info.Stamp)
        {
            throw new VideoException(
                VideoErrorKind.Corrupt, info.Path, $"Cannot read '{info.Source}': it was changed since it was indexed. "
                    + "Ask for its VideoInfo again.");
        }
    }

    public override void StartRun(int first, int last, in Deadline deadline)
    {
        _sample = first - 1;
        _last = last;
        _loadedLast = first - 1;
    }

    public override bool MoveNext()
    {
        if (_sample >= _last)
        {
            return false;
        }

        _sample++;
        if (_sample > _loadedLast)
        {
            Load();
        }

        return true;
    }

    public override DecodeStatus Send(VideoDecoder decoder) =>
        decoder.Send(Address, _info.Index.Sizes[_sample], _sample, isKeyframe: false);

    public override void Close() => files.Close(_info.Path);

    public override void Dispose() => _buffer.Dispose();

    private void Load()
    {
        VideoIndex index = _info.Index;
        long begin = index.Offsets[_sample];
        long end = begin + index.Sizes[_sample];
        int last = _sample;
        while (last < _last)
        {
            long offset = index.Offsets[last + 1];
            long nextEnd = offset + index.Sizes[last + 1];
            if (offset < end || offset - end > LargestGapBytes || nextEnd - begin > LargestReadBytes)
            {
                break;
            }

            end = nextEnd;
            last++;
        }

        long available = (_info.Source.Length >= 0 ? _info.Source.Length : _file.Length - _info.Source.Offset) - begin;
        if (end - begin > available)
        {
            throw Truncated(last, begin + available);
        }

        _bufferOffset = begin;
        byte* address = _buffer.Ensure((nuint)(end - begin) + VideoDecoder.InputPadding);
        int read = _file.Read(new Span<byte>(address, (int)(end - begin)), _info.Source.Offset + begin);
        if (read < end - begin)
        {
            throw Truncated(last, begin + read);
        }

        _loadedLast = last;
    }

    private VideoException Truncated(int last, long fileEnd)
    {
        // The first sample that is not wholly there gives the time up to which the file is good.
        int sample = _sample;
        while (sample < last && _info.Index.Offsets[sample] + _info.Index.Sizes[sample] <= fileEnd)
        {
            sample++;
        }

        double time = _info.SecondsOfSample(sample);
        return new VideoException(
            VideoErrorKind.Truncated,
            _info.Path,
            $"Cannot read '{_info.Source}' at {time:0.000} s: the file ends at byte {Math.Max(0, fileEnd)}, and this picture lies at " +
            $"bytes {_info.Index.Offsets[sample]} to {_info.Index.Offsets[sample] + _info.Index.Sizes[sample]}; the copy was cut short.",
            time);
    }
}
