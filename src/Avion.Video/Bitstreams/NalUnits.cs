namespace Avion.Video;

/// <summary>
/// What the NAL unit headers of an H.264 or HEVC sample say without decoding it: whether other pictures refer to it, and whether decoding
/// can begin at it. ITU-T H.264 7.3.1 and D.2.8, H.265 7.3.1.2.
/// </summary>
internal static class NalUnits
{
    private const int H264Slice = 1;
    private const int H264InstantRefresh = 5;
    private const int H264Supplement = 6;
    private const int H264SequenceParameters = 7;
    private const int H264PictureParameters = 8;
    private const int SupplementRecoveryPoint = 6;
    private const int HevcLastSubLayer = 15;
    private const int HevcFirstRandomAccess = 16;
    private const int HevcBrokenLinkAlone = 18;
    private const int HevcCleanRandomAccess = 21;
    private const int HevcLastSlice = 31;
    private const int HevcSequenceParameters = 33;
    private const int HevcPictureParameters = 34;

    /// <summary>True when no other picture is predicted from this sample, so that it may be left out.</summary>
    public static bool IsDisposable(VideoIndex index, ReadOnlySpan<byte> sample)
    {
        NalUnitReader units = new(sample, index.NalLengthBytes);
        while (units.MoveNext())
        {
            ReadOnlySpan<byte> unit = units.Current;
            if (index.CodecId == CodecIds.H264)
            {
                int type = unit[0] & 31;
                if (type is >= H264Slice and <= H264InstantRefresh)
                {
                    return (unit[0] & 0x60) == 0;
                }
            }
            else
            {
                int type = (unit[0] >> 1) & 63;
                if (type <= HevcLastSlice && unit.Length >= 2)
                {
                    // The even types below 16 are not referred to within their own temporal layer; only the highest layer is safe to drop.
                    int temporalId = (unit[1] & 7) - 1;
                    return type < HevcLastSubLayer && (type & 1) == 0 && index.TemporalLayers > 0 && temporalId == index.TemporalLayers - 1;
                }
            }
        }

        return false;
    }

    /// <summary>
    /// Whether every later picture decodes exactly from here: an instantaneous refresh, a random access picture, or a recovery point that
    /// recovers exactly and at once. Containers also mark pictures from which recovery takes a while. A stream whose decoder is opened
    /// without parameter sets can begin only where the sample holds them.
    /// </summary>
    public static StartKind KindOfStart(in SampleFormat format, ReadOnlySpan<byte> sample, bool isHead)
    {
        bool recovers = false;
        bool hasSequence = format.HasParameterSets;
        bool hasPicture = format.HasParameterSets;
        NalUnitReader units = new(sample, format.NalLengthBytes, isHead);
        while (units.MoveNext())
        {
            ReadOnlySpan<byte> unit = units.Current;
            if (format.CodecId == CodecIds.H264)
            {
                int type = unit[0] & 31;
                if (type == H264Supplement)
                {
                    recovers |= RecoversAtOnce(unit[1..]);
                }
                else if (type is >= H264Slice and <= H264InstantRefresh)
                {
                    StartKind kind = type == H264InstantRefresh ? StartKind.Closed : recovers ? StartKind.Open : StartKind.None;
                    return hasSequence && hasPicture ? kind : StartKind.None;
                }

                hasSequence |= type == H264SequenceParameters;
                hasPicture |= type == H264PictureParameters;
            }
            else
            {
                int type = (unit[0] >> 1) & 63;
                if (type <= HevcLastSlice)
                {
                    return type is >= HevcFirstRandomAccess and <= HevcCleanRandomAccess && hasSequence && hasPicture
                        ? StartKind.Closed
                        : StartKind.None;
                }

                hasSequence |= type == HevcSequenceParameters;
                hasPicture |= type == HevcPictureParameters;
            }
        }

        return StartKind.None;
    }

    /// <summary>
    /// Whether a stream that begins here holds pictures that are not shown: its first picture is no instantaneous refresh, or an HEVC
    /// random access picture that may be followed by skipped leading ones (RASL, H.265 8.1.3).
    /// </summary>
    public static bool MayHidePictures(in SampleFormat format, ReadOnlySpan<byte> sample, bool isHead)
    {
        NalUnitReader units = new(sample, format.NalLengthBytes, isHead);
        while (units.MoveNext())
        {
            bool isH264 = format.CodecId == CodecIds.H264;
            int type = isH264 ? units.Current[0] & 31 : (units.Current[0] >> 1) & 63;
            if (isH264 ? type is >= H264Slice and <= H264InstantRefresh : type <= HevcLastSlice)
            {
                return isH264 ? type != H264InstantRefresh : type is < HevcBrokenLinkAlone or HevcCleanRandomAccess;
            }
        }

        return false;
    }

    /// <summary>Whether a unit holds parameters of the sequence or of pictures, in force until others of that number come.</summary>
    public static bool IsParameterSet(int codecId, ReadOnlySpan<byte> unit) => codecId == CodecIds.H264
        ? (unit[0] & 31) is H264SequenceParameters or H264PictureParameters
        : ((unit[0] >> 1) & 63) is >= HevcSequenceParameters - 1 and <= HevcPictureParameters;

    /// <summary>Whether a unit holds the parameters of the sequence, among them the size of its pictures.</summary>
    public static bool IsSequenceParameters(int codecId, ReadOnlySpan<byte> unit) => codecId == CodecIds.H264
        ? (unit[0] & 31) == H264SequenceParameters
        : ((unit[0] >> 1) & 63) == HevcSequenceParameters;

    /// <summary>
    /// Whether supplemental messages hold a recovery point with recovery_frame_cnt = 0 (coded as a single 1 bit) and exact_match_flag.
    /// </summary>
    private static bool RecoversAtOnce(ReadOnlySpan<byte> messages)
    {
        const int atOnce = 0x80;
        const int exactMatch = 0x40;
        while (messages.Length > 2)
        {
            int type = ReadNumber(ref messages);
            int size = ReadNumber(ref messages);
            if (type == SupplementRecoveryPoint)
            {
                return messages.Length > 0 && (messages[0] & (atOnce | exactMatch)) == (atOnce | exactMatch);
            }

            if (size >= messages.Length)
            {
                return false;
            }

            messages = messages[size..];
        }

        return false;
    }

    /// <summary>A number as a sum of bytes, each 255 saying that another follows.</summary>
    private static int ReadNumber(ref ReadOnlySpan<byte> bytes)
    {
        int value = 0;
        while (bytes.Length > 0)
        {
            byte next = bytes[0];
            bytes = bytes[1..];
            value += next;
            if (next != 255)
            {
                break;
            }
        }

        return value;
    }
}
