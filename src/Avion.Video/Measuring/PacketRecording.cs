namespace Avion.Video;

/// <summary>
/// Notes the packets that a reader sends to its decoder, and sends them again with nothing around: no file, no plan, no conversion. What
/// that takes is the time of libavcodec alone for the same frames.
/// </summary>
internal sealed unsafe class PacketRecording(PacketSource source) : PacketSource
{
    /// <summary>Last entry of a run: the decoder is drained and flushed.</summary>
    private const int EndOfRun = -1;

    private readonly List<(DecoderParameters Stream, long Start, int Size, int Sample)> _packets = [];
    private readonly NativeBuffer _bytes = new();
    private readonly List<byte[]> _copies = [];
    private DecoderParameters _stream;
    private long _length;

    public override int Sample => source.Sample;

    public override ReadOnlySpan<byte> Data => source.Data;

    public override void Open(VideoInfo info)
    {
        _stream = info.Index.Decoder;
        source.Open(info);
    }

    public override void StartRun(int first, int last, in Deadline deadline)
    {
        EndRun();
        source.StartRun(first, last, deadline);
    }

    public override bool MoveNext() => source.MoveNext();

    public override DecodeStatus Send(VideoDecoder decoder)
    {
        DecodeStatus status = source.Send(decoder);
        if (status != DecodeStatus.Again)
        {
            _packets.Add((_stream, _length, Data.Length, Sample));
            _copies.Add(Data.ToArray());
            _length += Data.Length + VideoDecoder.InputPadding;
        }

        return status;
    }

    public override void Close()
    {
        EndRun();
        source.Close();
    }

    public override void Dispose()
    {
        source.Dispose();
        _bytes.Dispose();
    }

    /// <summary>Puts the noted packets into one piece of memory; before the first <see cref="Replay"/>.</summary>
    public void Complete()
    {
        byte* target = _bytes.Ensure((nuint)Math.Max(1, _length));
        foreach (byte[] copy in _copies)
        {
            copy.CopyTo(new Span<byte>(target, copy.Length));
            new Span<byte>(target + copy.Length, VideoDecoder.InputPadding).Clear();
            target += copy.Length + VideoDecoder.InputPadding;
        }

        _copies.Clear();
    }

    /// <summary>Decodes what was noted and returns the number of pictures that came out.</summary>
    public long Replay(VideoDecoder decoder)
    {
        byte* bytes = _bytes.Ensure((nuint)Math.Max(1, _length));
        long pictures = 0;
        bool begins = true;
        foreach ((DecoderParameters stream, long start, int size, int sample) in _packets)
        {
            if (begins)
            {
                decoder.Open(stream, rejectDamage: false);
                begins = false;
            }

            if (sample == EndOfRun)
            {
                decoder.SendEnd();
                begins = true;
            }
            else
            {
                while (decoder.Send(bytes + start, size, sample, isKeyframe: false) == DecodeStatus.Again)
                {
                    pictures += Receive(decoder);
                }
            }

            pictures += Receive(decoder);
        }

        return pictures;
    }

    private static long Receive(VideoDecoder decoder)
    {
        long pictures = 0;
        while (decoder.Receive(out _) == DecodeStatus.Done)
        {
            pictures++;
        }

        return pictures;
    }

    private void EndRun()
    {
        if (_packets.Count > 0 && _packets[^1].Sample != EndOfRun)
        {
            _packets.Add((_stream, _length, 0, EndOfRun));
        }
    }
}
