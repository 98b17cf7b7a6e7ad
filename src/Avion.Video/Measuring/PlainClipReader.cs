namespace Avion.Video;

/// <summary>
/// The usual way to read a clip with FFmpeg's libraries, for comparison: libavformat opens and probes the file, seeks to the keyframe
/// before the first frame, every picture up to the last wanted one is decoded, libswscale crops and resizes the wanted ones (bilinear).
/// This is what PyAV does for a data loader, without the time of Python and of a whole RGB picture in between.
/// </summary>
internal sealed unsafe class PlainClipReader : IDisposable
{
    private readonly Dictionary<string, long> _firstTicks = [];
    private readonly BicubicResize _resize = new() { Kernel = SwScale.Bilinear };

    /// <summary>Finds the first picture's time as libavformat counts it, which is not part of what is compared.</summary>
    public void Learn(VideoInfo info)
    {
        if (_firstTicks.ContainsKey(info.Path))
        {
            return;
        }

        using Demuxer demuxer = new(info.Path);
        long first = long.MaxValue;
        while (demuxer.Read())
        {
            first = Math.Min(first, demuxer.Packet.Timestamp == PacketPointer.NoTimestamp ? long.MaxValue : demuxer.Packet.Timestamp);
        }

        _firstTicks[info.Path] = first;
    }

    /// <summary>Reads a clip whose file was learnt; frames rise.</summary>
    public void Read(VideoInfo info, ReadOnlySpan<int> frames, in FrameTransform transform, Span<byte> destination)
    {
        using Demuxer demuxer = new(info.Path);
        using VideoDecoder decoder = new();
        decoder.Open(demuxer.DecoderParameters, rejectDamage: false);
        long zero = _firstTicks[info.Path] - info.Index.Timestamps[info.Index.SampleOfFrame[0]];
        demuxer.Seek(zero + info.Index.Timestamps[info.Index.SampleOfFrame[frames[0]]]);
        int next = 0;
        bool more = true;
        while (next < frames.Length && more)
        {
            more = demuxer.Read();
            if (more)
            {
                decoder.Send(demuxer.Packet);
            }
            else
            {
                decoder.SendEnd();
            }

            while (next < frames.Length && decoder.Receive(out FramePointer frame) == DecodeStatus.Done)
            {
                if (frame.Timestamp >= zero + info.Index.Timestamps[info.Index.SampleOfFrame[frames[next]]])
                {
                    Convert(decoder, frame, transform, destination.Slice(next * transform.FrameBytes, transform.FrameBytes));
                    next++;
                }
            }
        }

        if (next < frames.Length)
        {
            throw new VideoException(
                VideoErrorKind.Corrupt, info.Path,
                $"Cannot compare on '{info.Path}': the plain way gives no frame {frames[next]}; leave the file out.");
        }
    }

    public void Dispose() => _resize.Dispose();

    private void Convert(VideoDecoder decoder, FramePointer frame, in FrameTransform transform, Span<byte> destination)
    {
        if (!PixelFormat.TryParse(frame.Format, out PixelFormat format))
        {
            return;
        }

        FrameColor color = new((int)decoder.GetOption("colorspace"u8), (ColorRange)decoder.GetOption("color_range"u8), 0);
        fixed (byte* target = destination)
        {
            // Interleaved is what libswscale writes by itself.
            FrameTransform wanted = transform with { Layout = PixelLayout.Interleaved };
            _resize.Convert(frame, new PlanarPicture(frame, format), color, color.IsFullRangeOf(format), wanted, target);
        }
    }
}
