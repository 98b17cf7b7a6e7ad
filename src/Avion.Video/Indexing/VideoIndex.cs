namespace Avion.Video;

/// <summary>How the packets of a file are fetched.</summary>
internal enum Road
{
    /// <summary>By our own table of byte ranges: mp4 and mov.</summary>
    Indexed,

    /// <summary>By libavformat: every other container.</summary>
    General,
}

/// <summary>
/// Where each compressed picture of a file lies, when it is shown, and at which pictures decoding may begin. A <i>sample</i> is one
/// compressed picture, counted in the order of the file, which is the order of decoding; a <i>frame</i> is one shown picture, counted in
/// the order of display. The two differ where a stream has B-frames or hides pictures (edit lists).
/// </summary>
internal sealed class VideoIndex
{
    private const byte ProfileHigh444Predictive = 244;

    /// <summary>Which road fetches the samples.</summary>
    public required Road Road { get; init; }

    /// <summary>What the decoder is opened with.</summary>
    public required DecoderParameters Decoder { get; init; }

    /// <summary>FFmpeg's name of the codec.</summary>
    public required string CodecName { get; init; }

    /// <summary>Bytes of the length before each NAL unit; 0 where samples are no length-prefixed NAL units.</summary>
    public int NalLengthBytes { get; init; }

    /// <summary>Temporal layers that an HEVC stream declares; 0 if it does not say.</summary>
    public int TemporalLayers { get; init; }

    /// <summary>Width and height as decoded, before rotation.</summary>
    public required int CodedWidth { get; init; }

    public required int CodedHeight { get; init; }

    /// <summary>Clockwise turn that makes the picture upright: 0, 90, 180 or 270.</summary>
    public int RotationDegrees { get; init; }

    /// <summary>Ticks of a second, as a fraction: seconds = ticks · numerator / denominator.</summary>
    public required int TimeBaseNumerator { get; init; }

    public required int TimeBaseDenominator { get; init; }

    /// <summary>First byte of each sample in the file.</summary>
    public required long[] Offsets { get; init; }

    public required int[] Sizes { get; init; }

    /// <summary>Presentation time of each sample in ticks.</summary>
    public required long[] Timestamps { get; init; }

    /// <summary>Decode time of each sample in ticks; only on the general road, which seeks by it.</summary>
    public long[] DecodeTimestamps { get; init; } = [];

    /// <summary>Sample of each frame, in display order.</summary>
    public required int[] SampleOfFrame { get; init; }

    /// <summary>Samples at which the container says that decoding may begin, rising.</summary>
    public required int[] Keyframes { get; init; }

    /// <summary>Ticks that the last frame is shown.</summary>
    public required long LastFrameTicks { get; init; }

    /// <summary>Length of the file (or of the part of it) when it was indexed, to notice a file that was replaced.</summary>
    public long SourceLength { get; init; }

    public int SampleCount => Sizes.Length;

    public int FrameCount => SampleOfFrame.Length;

    /// <summary>Bytes that this index holds in memory.</summary>
    public long MemoryBytes => ((long)SampleCount * 28) + ((long)FrameCount * 4) + (Keyframes.Length * 4L) + Decoder.ExtraData.Length + 512;

    /// <summary>AVCodecID.</summary>
    public int CodecId => Decoder.CodecId;

    /// <summary>Whether samples are H.264 or HEVC NAL units that can be looked at.</summary>
    public bool HasNalUnits => NalLengthBytes > 0 && CodecId is CodecIds.H264 or CodecIds.Hevc;

    /// <summary>
    /// Whether the decoder must have seen the first sample before any other: early versions of x264 coded 4:4:4 differently from the
    /// standard, and only a message in the first sample says which version it was.
    /// </summary>
    public bool IsPrimedByFirstSample =>
        CodecId == CodecIds.H264 && NalLengthBytes > 0 && Decoder.ExtraData is [_, ProfileHigh444Predictive, ..];

    /// <summary>
    /// Position in <see cref="Keyframes"/> from which <paramref name="sample"/> can be decoded. A sample shown before the keyframe that it
    /// follows in the file (an open group of pictures) also needs the group before.
    /// </summary>
    public int KeyframePositionFor(int sample)
    {
        int position = Array.BinarySearch(Keyframes, sample);
        position = position < 0 ? Math.Max(0, ~position - 1) : position;
        return position > 0 && Timestamps[sample] < Timestamps[Keyframes[position]] ? position - 1 : position;
    }

    /// <summary>Time of a frame in seconds from the first frame.</summary>
    public double SecondsOf(int frame) =>
        (Timestamps[SampleOfFrame[frame]] - Timestamps[SampleOfFrame[0]]) * ((double)TimeBaseNumerator / TimeBaseDenominator);
}
