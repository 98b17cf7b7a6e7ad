namespace Avion.Video;

/// <summary>What decoding from a sample gives.</summary>
internal enum StartKind
{
    /// <summary>Not the pictures that were coded.</summary>
    None,

    /// <summary>The sample does not say; the pictures are compared with those of decoding from front to back.</summary>
    Unknown,

    /// <summary>
    /// All that are shown from it on; the decoder may meet, and report, references to pictures before it that change nothing shown.
    /// </summary>
    Open,

    /// <summary>All that follow it, without a complaint of the decoder.</summary>
    Closed,
}

/// <summary>How the samples of a stream are to be read.</summary>
/// <param name="CodecId">AVCodecID.</param>
/// <param name="NalLengthBytes">Bytes of the length before each NAL unit; 0 where start codes divide them.</param>
/// <param name="HasParameterSets">Whether the decoder is opened with parameter sets, so that samples need not hold them.</param>
internal readonly record struct SampleFormat(int CodecId, int NalLengthBytes, bool HasParameterSets)
{
    /// <summary>The format of a stream with these parameters.</summary>
    public static SampleFormat Of(int codecId, ReadOnlySpan<byte> extraData)
    {
        // Annex B parameters begin with a start code, the records of mp4 with their version.
        bool hasLengths = codecId switch
        {
            CodecIds.H264 => extraData.Length >= 7 && extraData[0] == 1,
            CodecIds.Hevc => extraData.Length >= 23 && (extraData[0] != 0 || extraData[1] != 0 || extraData[2] > 1),
            _ => false,
        };
        if (!hasLengths)
        {
            bool hasParameters = codecId == CodecIds.Av1 ? !Av1Units.ConfiguredSequence(extraData).IsEmpty : extraData.Length > 0;
            return new SampleFormat(codecId, 0, hasParameters);
        }

        return codecId == CodecIds.H264
            ? new SampleFormat(codecId, (extraData[4] & 3) + 1, (extraData[5] & 31) > 0)
            : new SampleFormat(codecId, (extraData[21] & 3) + 1, extraData[22] > 0);
    }
}

/// <summary>
/// Whether decoding can begin at a sample, from what the sample itself says. Containers mark too many, too few or all samples as keyframes;
/// their marks are suggestions.
/// </summary>
internal static class StartPoint
{
    /// <summary>What decoding from a sample gives.</summary>
    /// <param name="format">How to read it.</param>
    /// <param name="sample">Its bytes.</param>
    /// <param name="isHead">Whether these are only the first of its bytes.</param>
    public static StartKind KindOf(in SampleFormat format, ReadOnlySpan<byte> sample, bool isHead = false)
    {
        if (format.CodecId is CodecIds.H264 or CodecIds.Hevc)
        {
            return NalUnits.KindOfStart(format, sample, isHead);
        }

        if (format.CodecId == CodecIds.Vp9)
        {
            return Vp9Header.TryParse(sample, out Vp9Header header) && header.IsStart ? StartKind.Closed : StartKind.None;
        }

        if (format.CodecId == CodecIds.Mjpeg)
        {
            return StartKind.Closed;
        }

        if (format.CodecId == CodecIds.Av1)
        {
            return Av1Units.KindOfStart(sample, format.HasParameterSets);
        }

        return IntraPicture.MayBegin(format.CodecId, sample) ? StartKind.Unknown : StartKind.None;
    }

    /// <summary>Whether a codec's samples say where decoding can begin, so that nothing has to be compared.</summary>
    public static bool IsSaidBySamples(int codecId) =>
        codecId is CodecIds.H264 or CodecIds.Hevc or CodecIds.Vp9 or CodecIds.Mjpeg || codecId == CodecIds.Av1;

    /// <summary>
    /// Whether a stream that begins with this sample holds pictures that are not shown: it begins inside of a group of pictures, or with an
    /// open one. A sample that holds no picture that can be told is damaged and says nothing of the others.
    /// </summary>
    public static bool MayHidePictures(in SampleFormat format, ReadOnlySpan<byte> sample, bool isHead = false)
    {
        if (format.CodecId is CodecIds.H264 or CodecIds.Hevc)
        {
            return NalUnits.MayHidePictures(format, sample, isHead);
        }

        return format.CodecId == CodecIds.Vp9
            ? Vp9Header.TryParse(sample, out Vp9Header header) && !header.IsStart
            : format.CodecId == CodecIds.Av1 && Av1Units.HasPicture(sample) &&
                Av1Units.KindOfStart(sample, hasSequence: false) == StartKind.None;
    }
}
