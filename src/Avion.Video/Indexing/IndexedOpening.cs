namespace Avion.Video;

/// <summary>
/// Looks at the first sample of an mp4 or mov file, whose tables say neither how large the pictures really are nor whether the first of
/// them are shown.
/// </summary>
internal static class IndexedOpening
{
    /// <summary>Covers the headers before the first slice; encoders put a few hundred bytes about themselves there.</summary>
    private const int HeadBytes = 2048;

    /// <summary>The index with what the first samples say; null for a file that libavformat must read.</summary>
    /// <param name="files">A reader's files.</param>
    /// <param name="file">The source's, among them.</param>
    /// <param name="index">What the tables say.</param>
    /// <param name="source">What is indexed.</param>
    /// <param name="deadline">When to give up.</param>
    public static VideoIndex? Settle(OpenFiles files, PositionedFile file, VideoIndex index, in VideoSource source, in Deadline deadline)
    {
        Span<byte> bytes = stackalloc byte[HeadBytes];
        int count = Math.Min(HeadBytes, index.Sizes[0]);
        if (count == 0 || file.Read(bytes[..count], source.Offset + index.Offsets[0]) < count)
        {
            return index;
        }

        ReadOnlySpan<byte> head = bytes[..count];
        VideoIndex? sized = WithSize(index with { Decoder = Av1Units.WithOwnSequence(index.Decoder, head) }, head);
        if (sized is null)
        {
            return source.IsWholeFile && FFmpegLibraries.HasGeneralRoad ? null : index;
        }

        return StartPoint.MayHidePictures(index.SampleFormat, head, isHead: true) ? WithoutHidden(files, sized, source, deadline) : sized;
    }

    /// <summary>The index with the size of the stream's own pictures; null where only the decoder knows it.</summary>
    private static VideoIndex? WithSize(VideoIndex index, ReadOnlySpan<byte> head)
    {
        if (!SequenceSize.TryRead(index.SampleFormat, index.Decoder.ExtraData, head, out int width, out int height))
        {
            return null;
        }

        bool isDeclared = width == index.CodedWidth && height == index.CodedHeight;
        if (isDeclared || (index.CodecId == CodecIds.H264 && IsCropped(width, height, index.CodedWidth, index.CodedHeight)))
        {
            return index;
        }

        // JPEG pictures may be the fields of taller ones.
        return index.CodecId == CodecIds.Mjpeg ? null : index with { CodedWidth = width, CodedHeight = height };
    }

    /// <summary>Whether libavcodec's H.264 decoder takes the container's size for a crop: smaller by less than a macroblock.</summary>
    private static bool IsCropped(int width, int height, int declaredWidth, int declaredHeight)
    {
        const int macroblock = 16;
        return declaredWidth <= width && declaredHeight <= height &&
            (declaredWidth + macroblock - 1) / macroblock == (width + macroblock - 1) / macroblock &&
            (declaredHeight + macroblock - 1) / macroblock == (height + macroblock - 1) / macroblock;
    }

    private static VideoIndex WithoutHidden(OpenFiles files, VideoIndex index, in VideoSource source, in Deadline deadline)
    {
        StreamOpening opening = new(index.SampleFormat);
        try
        {
            Decode(files, index, source, opening, deadline);
        }
        catch (VideoException failure) when (failure.Kind is VideoErrorKind.Truncated or VideoErrorKind.Corrupt)
        {
            // Reading says so again, with the time at which it is.
            return index;
        }

        int[] shown = [.. index.SampleOfFrame.Where(sample => !opening.Hides(sample))];
        return shown.Length > 0 ? index with { SampleOfFrame = shown } : index;
    }

    private static void Decode(
        OpenFiles files, VideoIndex index, in VideoSource source, StreamOpening opening, in Deadline deadline)
    {
        using IndexedPackets packets = new(files);
        using VideoDecoder decoder = new();
        decoder.Open(index.Decoder, rejectDamage: false);
        packets.Open(new VideoInfo(source, index));
        packets.StartRun(0, index.SampleCount - 1, deadline);
        while (!opening.IsDecided && packets.MoveNext())
        {
            deadline.Check(source);
            opening.Add(packets.Data, StartPoint.KindOf(index.SampleFormat, packets.Data), index.Timestamps[packets.Sample]);
            while (packets.Send(decoder) == DecodeStatus.Again && Receive(decoder, opening))
            {
            }

            while (Receive(decoder, opening))
            {
            }
        }

        if (!opening.IsDecided)
        {
            decoder.SendEnd();
            while (Receive(decoder, opening))
            {
            }
        }
    }

    private static bool Receive(VideoDecoder decoder, StreamOpening opening)
    {
        if (decoder.Receive(out FramePointer frame) != DecodeStatus.Done)
        {
            return false;
        }

        opening.Show((int)frame.Timestamp);
        return true;
    }
}
