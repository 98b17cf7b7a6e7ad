namespace Avion.Video;

/// <summary>The open bitstream units of an AV1 sample. AV1 bitstream specification 5.3 to 5.9.</summary>
internal static class Av1Units
{
    private const int SequenceHeader = 1;
    private const int FrameHeader = 3;
    private const int Frame = 6;
    private const uint KeyFrame = 0;

    /// <summary>
    /// Closed where the sample holds a shown key frame, which replaces all that later frames refer to, behind the sequence header; without
    /// that only where the decoder is given the one that the container stores.
    /// </summary>
    public static StartKind KindOfStart(ReadOnlySpan<byte> sample, bool hasSequence)
    {
        bool isReduced = false;
        while (TryNext(ref sample, out int type, out ReadOnlySpan<byte> unit))
        {
            if (type == SequenceHeader && unit.Length > 0)
            {
                hasSequence = true;
                // seq_profile (3), still_picture (1), reduced_still_picture_header (1)
                isReduced = (unit[0] & 0x08) != 0;
            }
            else if (type is Frame or FrameHeader)
            {
                BitReader bits = new(unit);
                bool isKey = isReduced || (!bits.Flag() && bits.Bits(2) == KeyFrame && bits.Flag());
                return hasSequence && isKey ? StartKind.Closed : StartKind.None;
            }
        }

        return StartKind.None;
    }

    /// <summary>Whether a sample holds a frame that is coded, or one that is shown again.</summary>
    public static bool HasPicture(ReadOnlySpan<byte> sample)
    {
        while (TryNext(ref sample, out int type, out _))
        {
            if (type is Frame or FrameHeader)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// The unit with the sequence header in the container's configuration (av1C: four bytes, then units); empty if there is none.
    /// </summary>
    public static ReadOnlySpan<byte> ConfiguredSequence(ReadOnlySpan<byte> extraData) =>
        extraData.Length > 4 && (extraData[0] & 0x80) != 0 ? Sequence(extraData[4..]) : default;

    /// <summary>
    /// Parameters with the sequence header of the stream's first sample in place of the container's, which some encoders write before they
    /// know it; unchanged for other codecs, and where the sample holds none.
    /// </summary>
    public static DecoderParameters WithOwnSequence(in DecoderParameters parameters, ReadOnlySpan<byte> firstSample)
    {
        const int headerBytes = 4;
        ReadOnlySpan<byte> own = parameters.CodecId == CodecIds.Av1 ? Sequence(firstSample) : default;
        ReadOnlySpan<byte> stored = own.IsEmpty ? default : ConfiguredSequence(parameters.ExtraData);
        return stored.IsEmpty || own.SequenceEqual(stored)
            ? parameters
            : parameters with { ExtraData = [.. parameters.ExtraData.AsSpan(0, headerBytes), .. own] };
    }

    /// <summary>The first sequence header among some units, as a whole unit; empty if there is none.</summary>
    public static ReadOnlySpan<byte> Sequence(ReadOnlySpan<byte> units)
    {
        ReadOnlySpan<byte> rest = units;
        while (TryNext(ref rest, out int type, out _))
        {
            if (type == SequenceHeader)
            {
                return units[..^rest.Length];
            }

            units = rest;
        }

        return default;
    }

    /// <summary>Size of the pictures from the first sequence header in some units; false if there is none.</summary>
    public static bool TryReadSize(ReadOnlySpan<byte> units, out int width, out int height)
    {
        width = height = 0;
        while (TryNext(ref units, out int type, out ReadOnlySpan<byte> unit))
        {
            if (type == SequenceHeader)
            {
                return TryReadSequence(unit, out width, out height);
            }
        }

        return false;
    }

    private static bool TryReadSequence(ReadOnlySpan<byte> unit, out int width, out int height)
    {
        BitReader bits = new(unit);
        bits.Skip(4);
        if (bits.Flag())
        {
            bits.Skip(5);
        }
        else
        {
            ReadOperatingPoints(ref bits);
        }

        int widthBits = (int)bits.Bits(4) + 1;
        int heightBits = (int)bits.Bits(4) + 1;
        width = (int)bits.Bits(widthBits) + 1;
        height = (int)bits.Bits(heightBits) + 1;
        return !bits.IsPastEnd;
    }

    private static void ReadOperatingPoints(ref BitReader bits)
    {
        int delayBits = 0;
        bool hasModel = false;
        if (bits.Flag())
        {
            bits.Skip(64);
            if (bits.Flag())
            {
                bits.Exponential();
            }

            hasModel = bits.Flag();
            if (hasModel)
            {
                delayBits = (int)bits.Bits(5) + 1;
                bits.Skip(42);
            }
        }

        bool hasDisplayDelay = bits.Flag();
        int points = (int)bits.Bits(5) + 1;
        for (int point = 0; point < points; point++)
        {
            bits.Skip(12);
            if (bits.Bits(5) > 7)
            {
                bits.Skip(1);
            }

            if (hasModel && bits.Flag())
            {
                bits.Skip((2 * delayBits) + 1);
            }

            if (hasDisplayDelay && bits.Flag())
            {
                bits.Skip(4);
            }
        }
    }

    private static bool TryNext(ref ReadOnlySpan<byte> units, out int type, out ReadOnlySpan<byte> unit)
    {
        type = 0;
        unit = default;
        if (units.IsEmpty)
        {
            return false;
        }

        int header = units[0];
        type = (header >> 3) & 15;
        units = units[1..];
        if ((header & 4) != 0)
        {
            units = units.IsEmpty ? units : units[1..];
        }

        long size = units.Length;
        if ((header & 2) != 0 && !TryReadSize(ref units, out size))
        {
            return false;
        }

        unit = units[..(int)Math.Min(size, units.Length)];
        units = units[unit.Length..];
        return true;
    }

    /// <summary>leb128(): seven bits a byte, the lowest first.</summary>
    private static bool TryReadSize(ref ReadOnlySpan<byte> units, out long size)
    {
        size = 0;
        for (int i = 0; i < 8 && !units.IsEmpty; i++)
        {
            byte next = units[0];
            units = units[1..];
            size |= (long)(next & 0x7F) << (7 * i);
            if ((next & 0x80) == 0)
            {
                return true;
            }
        }

        return false;
    }
}
