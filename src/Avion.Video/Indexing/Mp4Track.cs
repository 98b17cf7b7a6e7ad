using System.Buffers.Binary;

namespace Avion.Video;

/// <summary>One track of an mp4 or mov file as its boxes describe it; the tables themselves are left as bytes for
/// <see cref="Mp4SampleTable"/>.</summary>
internal readonly ref struct Mp4Track
{
    private Mp4Track(ReadOnlySpan<byte> sampleTable, uint timeScale, int rotation, bool mirrored, List<Edit> edits)
    {
        SampleTable = sampleTable;
        TimeScale = timeScale;
        RotationDegrees = rotation;
        IsMirrored = mirrored;
        Edits = edits;
    }

    /// <summary>Contents of stbl.</summary>
    public ReadOnlySpan<byte> SampleTable { get; }

    /// <summary>Ticks a second.</summary>
    public uint TimeScale { get; }

    public int RotationDegrees { get; }

    /// <summary>A display matrix that is no turn by a multiple of 90 degrees.</summary>
    public bool IsMirrored { get; }

    /// <summary>Parts of the track that are shown, without the empty ones.</summary>
    public List<Edit> Edits { get; }

    /// <summary>A shown part: from a time in ticks of the track, for a number of them (long.MaxValue: to the end).</summary>
    public readonly record struct Edit(long Start, long Duration);

    /// <summary>Reads a trak box; false unless it is a video track.</summary>
    public static bool TryParse(ReadOnlySpan<byte> track, uint movieTimeScale, out Mp4Track result)
    {
        result = default;
        if (!Mp4Box.TryFind(track, "mdia"u8, out ReadOnlySpan<byte> media) ||
            !Mp4Box.TryFind(media, "hdlr"u8, out ReadOnlySpan<byte> handler) || handler.Length < 12 ||
            !handler.Slice(8, 4).SequenceEqual("vide"u8) ||
            !Mp4Box.TryFind(media, "mdhd"u8, out ReadOnlySpan<byte> mediaHeader) || mediaHeader.Length < 20 ||
            !Mp4Box.TryFind(media, "minf"u8, out ReadOnlySpan<byte> information) ||
            !Mp4Box.TryFind(information, "stbl"u8, out ReadOnlySpan<byte> table))
        {
            return false;
        }

        int scaleAt = mediaHeader[0] == 1 ? 20 : 12;
        uint timeScale = mediaHeader.Length < scaleAt + 4 ? 0 : BinaryPrimitives.ReadUInt32BigEndian(mediaHeader[scaleAt..]);
        (int rotation, bool mirrored) = Mp4Box.TryFind(track, "tkhd"u8, out ReadOnlySpan<byte> trackHeader)
            ? Orientation(trackHeader)
            : (0, false);
        List<Edit> edits = Mp4Box.TryFind(track, "edts"u8, out ReadOnlySpan<byte> editBox)
            && Mp4Box.TryFind(editBox, "elst"u8, out ReadOnlySpan<byte> list)
            ? ReadEdits(list, movieTimeScale, timeScale)
            : [];
        result = new Mp4Track(table, timeScale, rotation, mirrored, edits);
        return true;
    }

    /// <summary>Ticks a second of the movie header, in which edit durations are given.</summary>
    public static uint MovieTimeScale(ReadOnlySpan<byte> movie)
    {
        if (!Mp4Box.TryFind(movie, "mvhd"u8, out ReadOnlySpan<byte> header) || header.Length < 24)
        {
            return 0;
        }

        return BinaryPrimitives.ReadUInt32BigEndian(header[(header[0] == 1 ? 20 : 12)..]);
    }

    private static (int Rotation, bool Mirrored) Orientation(ReadOnlySpan<byte> header)
    {
        int matrixAt = header.Length > 0 && header[0] == 1 ? 52 : 40;
        if (header.Length < matrixAt + 20)
        {
            return (0, false);
        }

        int a = BinaryPrimitives.ReadInt32BigEndian(header[matrixAt..]);
        int b = BinaryPrimitives.ReadInt32BigEndian(header[(matrixAt + 4)..]);
        int c = BinaryPrimitives.ReadInt32BigEndian(header[(matrixAt + 12)..]);
        int d = BinaryPrimitives.ReadInt32BigEndian(header[(matrixAt + 16)..]);
        return (Math.Sign(a), Math.Sign(b), Math.Sign(c), Math.Sign(d)) switch
        {
            (1, 0, 0, 1) or (0, 0, 0, 0) => (0, false),
            (0, 1, -1, 0) => (90, false),
            (-1, 0, 0, -1) => (180, false),
            (0, -1, 1, 0) => (270, false),
            _ => (0, true),
        };
    }

    private static List<Edit> ReadEdits(ReadOnlySpan<byte> list, uint movieTimeScale, uint timeScale)
    {
        List<Edit> edits = [];
        if (list.Length < 8)
        {
            return edits;
        }

        bool wide = list[0] == 1;
        int entryBytes = wide ? 20 : 12;
        uint count = BinaryPrimitives.ReadUInt32BigEndian(list[4..]);
        ReadOnlySpan<byte> rest = list[8..];
        for (uint i = 0; i < count && rest.Length >= entryBytes; i++, rest = rest[entryBytes..])
        {
            long duration = wide ? BinaryPrimitives.ReadInt64BigEndian(rest) : BinaryPrimitives.ReadUInt32BigEndian(rest);
            long start = wide ? BinaryPrimitives.ReadInt64BigEndian(rest[8..]) : BinaryPrimitives.ReadInt32BigEndian(rest[4..]);
            if (start < 0)
            {
                // An empty edit only delays what follows, and times count from the first frame.
                continue;
            }

            long ticks = duration <= 0 || movieTimeScale == 0 ? long.MaxValue : Rescale(duration, timeScale, movieTimeScale);
            edits.Add(new Edit(start, ticks));
        }

        return edits;
    }

    /// <summary>value · numerator / denominator to the nearest integer, as FFmpeg's demuxer rounds it.</summary>
    private static long Rescale(long value, uint numerator, uint denominator)
    {
        Int128 exact = (((Int128)value * numerator) + (denominator / 2)) / denominator;
        return exact > long.MaxValue ? long.MaxValue : (long)exact;
    }
}
