namespace Avion.Video;

/// <summary>What decoding from a sample gives.</summary>
internal enum StartKind
{
    /// <summary>Not the pictures that were coded.</summary>
    None,

    /// <summary>
    /// All that are shown from it on; the decoder may meet, and report, references to pictures before it that change nothing shown.
    /// </summary>
    Open,

    /// <summary>All that follow it, without a complaint of the decoder.</summary>
    Closed,
}

/// <summary>
/// What the NAL unit headers of an H.264 or HEVC sample say without decoding it: whether other pictures refer to it, and whether decoding can
/// begin at it. ITU-T H.264 7.3.1 and D.2.8, H.265 7.3.1.2.
/// </summary>
internal static class NalUnits
{
    private const int H264Slice = 1;
    private const int H264InstantRefresh = 5;
    private const int H264Supplement = 6;
    private const int SupplementRecoveryPoint = 6;
    private const int HevcLastSubLayer = 15;
    private const int HevcFirstRandomAccess = 16;
    private const int HevcLastRandomAccess = 21;
    private const int HevcLastSlice = 31;

    /// <summary>True when no other picture is predicted from this sample, so that it may be left out.</summary>
    public static bool IsDisposable(VideoIndex index, ReadOnlySpan<byte> sample)
    {
        while (Next(index.NalLengthBytes, ref sample, out ReadOnlySpan<byte> unit))
        {
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
    /// recovers at once. Containers also mark pictures from which recovery takes a while.
    /// </summary>
    public static StartKind KindOfStart(VideoIndex index, ReadOnlySpan<byte> sample)
    {
        bool recovers = false;
        while (Next(index.NalLengthBytes, ref sample, out ReadOnlySpan<byte> unit))
        {
            if (index.CodecId == CodecIds.H264)
            {
                int type = unit[0] & 31;
                if (type == H264Supplement)
                {
                    recovers |= RecoversAtOnce(unit[1..]);
                }
                else if (type is >= H264Slice and <= H264InstantRefresh)
                {
                    return type == H264InstantRefresh ? StartKind.Closed : recovers ? StartKind.Open : StartKind.None;
                }
            }
            else
            {
                int type = (unit[0] >> 1) & 63;
                if (type <= HevcLastSlice)
                {
                    return type is >= HevcFirstRandomAccess and <= HevcLastRandomAccess ? StartKind.Closed : StartKind.None;
                }
            }
        }

        return StartKind.None;
    }

    /// <summary>Whether supplemental messages hold a recovery point with recovery_frame_cnt = 0, which is coded as a single 1 bit.</summary>
    private static bool RecoversAtOnce(ReadOnlySpan<byte> messages)
    {
        while (messages.Length > 2)
        {
            int type = ReadNumber(ref messages);
            int size = ReadNumber(ref messages);
            if (type == SupplementRecoveryPoint)
            {
                return messages.Length > 0 && (messages[0] & 0x80) != 0;
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

    private static bool Next(int lengthBytes, ref ReadOnlySpan<byte> sample, out ReadOnlySpan<byte> unit)
    {
        unit = default;
        if (sample.Length <= lengthBytes)
        {
            return false;
        }

        uint length = 0;
        for (int i = 0; i < lengthBytes; i++)
        {
            length = (length << 8) | sample[i];
        }

        if (length == 0 || length > (uint)(sample.Length - lengthBytes))
        {
            return false;
        }

        unit = sample.Slice(lengthBytes, (int)length);
        sample = sample[(lengthBytes + (int)length)..];
        return true;
    }
}
