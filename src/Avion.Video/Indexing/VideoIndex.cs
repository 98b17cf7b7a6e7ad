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
internal sealed record VideoIndex
{
    private const byte ProfileHigh444Predictive = 244;

    private SampleFormat? _format;
    private bool[]? _rejectedStarts;
    private int _firstShown = -1;

    /// <summary>Which road fetches the samples.</summary>
    public required Road Road { get; init; }

    /// <summary>What the decoder is opened with.</summary>
    public required DecoderParameters Decoder { get; init; }

    /// <summary>FFmpeg's name of the codec.</summary>
    public required string CodecName { get; init; }

    /// <summary>Bytes of the length before each NAL unit; 0 where samples are no length-prefixed NAL units.</summary>
    public int NalLengthBytes => SampleFormat.NalLengthBytes;

    /// <summary>Temporal layers that an HEVC stream declares; 0 if it does not say.</summary>
    public int TemporalLayers { get; init; }

    /// <summary>Width and height as decoded, before rotation.</summary>
    public required int CodedWidth { get; init; }

    public required int CodedHeight { get; init; }

    /// <summary>How the coded picture has to be turned and mirrored to be upright.</summary>
    public Orientation Orientation { get; init; }

    /// <summary>Clockwise turn that makes the picture upright: 0, 90, 180 or 270.</summary>
    public int RotationDegrees => Orientation.RotationDegrees;

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

    /// <summary>
    /// Samples at which decoding may begin, rising, the first of the file among them. On the general road each is proved; on the indexed
    /// road they are what the container says, and each is looked at when decoding begins there.
    /// </summary>
    public required int[] Keyframes { get; init; }

    /// <summary>
    /// Checksum of each sample's picture as decoding from front to back gives it, where samples do not say whether decoding can begin at
    /// them; empty elsewhere.
    /// </summary>
    public uint[] PictureChecksums { get; init; } = [];

    /// <summary>Samples after its own that the decoder takes before it gives a picture; 0 where a drain gives the same sooner.</summary>
    public int LookAheadSamples { get; init; }

    /// <summary>Whether parameters in the stream change, so that each run needs a decoder that has seen none of them.</summary>
    public bool ChangesParameters { get; init; }

    /// <summary>Ticks that the last frame is shown.</summary>
    public required long LastFrameTicks { get; init; }

    /// <summary>Length of the file (or of the part of it) when it was indexed, to notice a file that was replaced.</summary>
    public long SourceLength { get; init; }

    public int SampleCount => Sizes.Length;

    public int FrameCount => SampleOfFrame.Length;

    /// <summary>Bytes that this index holds in memory.</summary>
    public long MemoryBytes => ((long)SampleCount * 28) + ((long)FrameCount * 4) + (Keyframes.Length * 5L) + (PictureChecksums.Length * 4L)
        + Decoder.ExtraData.Length + 512;

    /// <summary>AVCodecID.</summary>
    public int CodecId => Decoder.CodecId;

    /// <summary>How samples are to be read.</summary>
    public SampleFormat SampleFormat => _format ??= SampleFormat.Of(CodecId, Decoder.ExtraData);

    /// <summary>Whether samples are H.264 or HEVC NAL units that can be looked at.</summary>
    public bool HasNalUnits => CodecId is CodecIds.H264 or CodecIds.Hevc;

    /// <summary>The first sample whose picture is shown.</summary>
    public int FirstShownSample => _firstShown >= 0 ? _firstShown : _firstShown = SampleOfFrame.Min();

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
        return PositionAtOrBefore(position < 0 ? Math.Max(0, ~position - 1) : position, Timestamps[sample]);
    }

    /// <summary>The last keyframe at or before a position that is shown no later than a time and was not found to be no start.</summary>
    public int PositionAtOrBefore(int position, long timestamp)
    {
        bool[]? rejected = _rejectedStarts;
        while (position > 0 && (timestamp < Timestamps[Keyframes[position]] || (rejected is not null && rejected[position])))
        {
            position--;
        }

        return position;
    }

    /// <summary>Remembers that decoding cannot begin at a keyframe, whatever the container says.</summary>
    public void RejectStart(int position)
    {
        if (position > 0)
        {
            // Readers on several threads may find the same at once; losing one entry costs one more trial.
            bool[] rejected = _rejectedStarts ??= new bool[Keyframes.Length];
            rejected[position] = true;
        }
    }

    /// <summary>Time of a frame in seconds from the first frame.</summary>
    public double SecondsOf(int frame) =>
        (Timestamps[SampleOfFrame[frame]] - Timestamps[SampleOfFrame[0]]) * ((double)TimeBaseNumerator / TimeBaseDenominator);
}
