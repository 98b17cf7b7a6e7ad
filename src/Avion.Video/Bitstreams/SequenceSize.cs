namespace Avion.Video;

/// <summary>
/// Size of a stream's pictures as the stream itself says it, which is what the decoder makes; a container may declare another. ITU-T H.264
/// 7.3.2.1.1, H.265 7.3.2.2.
/// </summary>
internal static class SequenceSize
{
    private const int LargestParameterSet = 1024;

    /// <summary>
    /// Reads the size from parameters that the container stores or from the head of the first sample; false where neither says it.
    /// </summary>
    public static bool TryRead(
        in SampleFormat format, ReadOnlySpan<byte> extraData, ReadOnlySpan<byte> head, out int width, out int height)
    {
        width = height = 0;
        int codecId = format.CodecId;
        if (codecId is CodecIds.H264 or CodecIds.Hevc)
        {
            return TryReadUnits(format, head, out width, out height)
                || (codecId == CodecIds.H264
                    ? TryReadAvcC(extraData, out width, out height)
                    : TryReadHvcC(extraData, out width, out height));
        }

        if (codecId == CodecIds.Vp9)
        {
            bool known = Vp9Header.TryParse(head, out Vp9Header header) && header.Width > 0;
            (width, height) = (header.Width, header.Height);
            return known;
        }

        if (codecId == CodecIds.Av1)
        {
            return Av1Units.TryReadSize(head, out width, out height)
                || (extraData.Length > 4 && Av1Units.TryReadSize(extraData[4..], out width, out height));
        }

        return codecId == CodecIds.Mjpeg && TryReadJpeg(head, out width, out height);
    }

    private static bool TryReadUnits(in SampleFormat format, ReadOnlySpan<byte> head, out int width, out int height)
    {
        NalUnitReader units = new(head, format.NalLengthBytes, isHead: true);
        while (units.MoveNext())
        {
            if (NalUnits.IsSequenceParameters(format.CodecId, units.Current))
            {
                return TryReadUnit(format.CodecId, units.Current, out width, out height);
            }
        }

        width = height = 0;
        return false;
    }

    /// <summary>AVCDecoderConfigurationRecord: the first sequence parameter set follows six bytes and its length.</summary>
    private static bool TryReadAvcC(ReadOnlySpan<byte> record, out int width, out int height)
    {
        width = height = 0;
        if (record.Length < 9 || (record[5] & 31) == 0)
        {
            return false;
        }

        int length = (record[6] << 8) | record[7];
        return length > 0 && length <= record.Length - 8 && TryReadUnit(CodecIds.H264, record.Slice(8, length), out width, out height);
    }

    /// <summary>HEVCDecoderConfigurationRecord: arrays of units by type follow 22 bytes and their number.</summary>
    private static bool TryReadHvcC(ReadOnlySpan<byte> record, out int width, out int height)
    {
        width = height = 0;
        if (record.Length < 23)
        {
            return false;
        }

        int arrays = record[22];
        ReadOnlySpan<byte> rest = record[23..];
        for (int array = 0; array < arrays && rest.Length >= 3; array++)
        {
            int units = (rest[1] << 8) | rest[2];
            rest = rest[3..];
            for (int unit = 0; unit < units && rest.Length >= 2; unit++)
            {
                int length = (rest[0] << 8) | rest[1];
                if (length == 0 || length > rest.Length - 2)
                {
                    return false;
                }

                if (NalUnits.IsSequenceParameters(CodecIds.Hevc, rest[2..]))
                {
                    return TryReadUnit(CodecIds.Hevc, rest.Slice(2, length), out width, out height);
                }

                rest = rest[(2 + length)..];
            }
        }

        return false;
    }

    private static bool TryReadUnit(int codecId, ReadOnlySpan<byte> unit, out int width, out int height)
    {
        Span<byte> plain = stackalloc byte[LargestParameterSet];
        int count = 0;
        int zeros = 0;
        foreach (byte value in unit[..Math.Min(unit.Length, LargestParameterSet)])
        {
            // 00 00 03 stands for 00 00, so that no start code appears inside of a unit.
            if (zeros >= 2 && value == 3)
            {
                zeros = 0;
                continue;
            }

            zeros = value == 0 ? zeros + 1 : 0;
            plain[count++] = value;
        }

        return codecId == CodecIds.H264
            ? TryReadH264(plain[..count], out width, out height)
            : TryReadHevc(plain[..count], out width, out height);
    }

    private static bool TryReadH264(ReadOnlySpan<byte> unit, out int width, out int height)
    {
        BitReader bits = new(unit);
        bits.Skip(8);
        uint profile = bits.Bits(8);
        bits.Skip(16);
        bits.Exponential();
        uint chroma = 1;
        if (profile is 100 or 110 or 122 or 244 or 44 or 83 or 86 or 118 or 128 or 138 or 139 or 134 or 135)
        {
            chroma = bits.Exponential();
            bits.Skip(chroma == 3 ? 1 : 0);
            bits.Exponential();
            bits.Exponential();
            bits.Skip(1);
            if (bits.Flag())
            {
                SkipScalingLists(ref bits, chroma == 3 ? 12 : 8);
            }
        }

        bits.Exponential();
        uint orderType = bits.Exponential();
        if (orderType == 0)
        {
            bits.Exponential();
        }
        else if (orderType == 1)
        {
            bits.Skip(1);
            bits.SignedExponential();
            bits.SignedExponential();
            uint cycle = Math.Min(bits.Exponential(), 255);
            for (uint i = 0; i < cycle; i++)
            {
                bits.SignedExponential();
            }
        }

        bits.Exponential();
        bits.Skip(1);
        long across = bits.Exponential() + 1L;
        long down = bits.Exponential() + 1L;
        bool framesOnly = bits.Flag();
        bits.Skip(framesOnly ? 1 : 2);
        int fields = framesOnly ? 1 : 2;
        long stepX = chroma is 1 or 2 ? 2 : 1;
        long stepY = (chroma == 1 ? 2 : 1) * fields;
        return TryCrop(ref bits, across * 16, down * 16 * fields, stepX, stepY, out width, out height);
    }

    private static void SkipScalingLists(ref BitReader bits, int lists)
    {
        for (int list = 0; list < lists; list++)
        {
            if (!bits.Flag())
            {
                continue;
            }

            int last = 8;
            int next = 8;
            for (int i = 0; i < (list < 6 ? 16 : 64); i++)
            {
                if (next != 0)
                {
                    next = (last + bits.SignedExponential() + 256) & 255;
                }

                last = next == 0 ? last : next;
            }
        }
    }

    private static bool TryReadHevc(ReadOnlySpan<byte> unit, out int width, out int height)
    {
        BitReader bits = new(unit);
        bits.Skip(16 + 4);
        int subLayers = (int)bits.Bits(3);
        bits.Skip(1 + 96);
        uint present = bits.Bits(subLayers > 0 ? 16 : 0);
        for (int layer = 0; layer < subLayers; layer++)
        {
            uint flags = present >> (14 - (2 * layer));
            bits.Skip(((flags & 2) != 0 ? 88 : 0) + ((flags & 1) != 0 ? 8 : 0));
        }

        bits.Exponential();
        uint chroma = bits.Exponential();
        bits.Skip(chroma == 3 ? 1 : 0);
        long across = bits.Exponential();
        long down = bits.Exponential();
        return TryCrop(ref bits, across, down, chroma is 1 or 2 ? 2 : 1, chroma == 1 ? 2 : 1, out width, out height);
    }

    private static bool TryCrop(ref BitReader bits, long across, long down, long stepX, long stepY, out int width, out int height)
    {
        if (bits.Flag())
        {
            across -= stepX * ((long)bits.Exponential() + bits.Exponential());
            down -= stepY * ((long)bits.Exponential() + bits.Exponential());
        }

        bool isSound = !bits.IsPastEnd && across is > 0 and <= ushort.MaxValue && down is > 0 and <= ushort.MaxValue;
        (width, height) = isSound ? ((int)across, (int)down) : (0, 0);
        return isSound;
    }

    /// <summary>The frame header of a JPEG picture. ITU-T T.81 B.2.2.</summary>
    private static bool TryReadJpeg(ReadOnlySpan<byte> head, out int width, out int height)
    {
        width = height = 0;
        int at = 2;
        while (at + 9 <= head.Length && head[at] == 0xFF)
        {
            int marker = head[at + 1];
            if (marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC))
            {
                height = (head[at + 5] << 8) | head[at + 6];
                width = (head[at + 7] << 8) | head[at + 8];
                return width > 0 && height > 0;
            }

            at += 2 + ((head[at + 2] << 8) | head[at + 3]);
        }

        return false;
    }
}
