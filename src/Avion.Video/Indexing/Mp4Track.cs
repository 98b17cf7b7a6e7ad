using System.Buffers.Binary;

namespace Avion.Video;

/// <summary>One track of an mp4 or mov file as its boxes describe it; the tables themselves are left as bytes for
/// <see cref="Mp4SampleTable"/>.</summary>
internal readonly ref struct Mp4Track
{
    private const int EnabledFlag = 1;
    private const int SelfContainedFlag = 1;
    private const int NormalSpeed = 1 << 16;

    /// <summary>Contents of stbl.</summary>
    public ReadOnlySpan<byte> SampleTable { get; private init; }

    /// <summary>Number by which other tracks refer to this one.</summary>
    public uint Id { get; private init; }

    /// <summary>Whether the file means the track to be shown.</summary>
    public bool IsEnabled { get; private init; }

    /// <summary>Ticks a second.</summary>
    public uint TimeScale { get; private init; }

    /// <summary>How the picture has to be turned; null where it is to be slanted.</summary>
    public Orientation? Orientation { get; private init; }

    /// <summary>Parts of the track that are shown, without the empty ones.</summary>
    public List<Edit> Edits { get; private init; }

    /// <summary>Whether all edits play at normal speed and all samples lie in this file.</summary>
    public bool IsPlain { get; private init; }

    /// <summary>A shown part: from a time in ticks of the track, for a number of them (long.MaxValue: to the end).</summary>
    public readonly record struct Edit(long Start, long Duration);

    /// <summary>Reads a trak box; false unless it is a video track.</summary>
    public static bool TryParse(ReadOnlySpan<byte> track, ReadOnlySpan<byte> movieHeader, out Mp4Track result)
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
        Mp4Box.TryFind(track, "tkhd"u8, out ReadOnlySpan<byte> trackHeader);
        bool isPlainSpeed = true;
        List<Edit> edits = Mp4Box.TryFind(track, "edts"u8, out ReadOnlySpan<byte> editBox)
            && Mp4Box.TryFind(editBox, "elst"u8, out ReadOnlySpan<byte> list)
            ? ReadEdits(list, MovieTimeScale(movieHeader), timeScale, out isPlainSpeed)
            : [];
        result = new Mp4Track
        {
            SampleTable = table,
            Id = ReadId(trackHeader),
            IsEnabled = trackHeader.Length < 4 || (trackHeader[3] & EnabledFlag) != 0,
            TimeScale = timeScale,
            Orientation = OrientationOf(trackHeader, movieHeader),
            Edits = edits,
            IsPlain = isPlainSpeed && !RefersToOtherFiles(information),
        };
        return true;
    }

    /// <summary>Numbers of the tracks that a trak box (of any kind) uses as its chapters.</summary>
    public static void AddChapters(ReadOnlySpan<byte> track, HashSet<uint> chapters)
    {
        if (!Mp4Box.TryFind(track, "tref"u8, out ReadOnlySpan<byte> references) ||
            !Mp4Box.TryFind(references, "chap"u8, out ReadOnlySpan<byte> list))
        {
            return;
        }

        for (; list.Length >= 4; list = list[4..])
        {
            chapters.Add(BinaryPrimitives.ReadUInt32BigEndian(list));
        }
    }

    /// <summary>Ticks a second of the movie header, in which edit durations are given.</summary>
    private static uint MovieTimeScale(ReadOnlySpan<byte> header) =>
        header.Length < 24 ? 0 : BinaryPrimitives.ReadUInt32BigEndian(header[(header[0] == 1 ? 20 : 12)..]);

    private static uint ReadId(ReadOnlySpan<byte> header)
    {
        int at = header.Length > 0 && header[0] == 1 ? 20 : 12;
        return header.Length < at + 4 ? 0 : BinaryPrimitives.ReadUInt32BigEndian(header[at..]);
    }

    /// <summary>The track's matrix, then the movie's.</summary>
    private static Orientation? OrientationOf(ReadOnlySpan<byte> trackHeader, ReadOnlySpan<byte> movieHeader)
    {
        Matrix track = Matrix.Read(trackHeader, trackHeader.Length > 0 && trackHeader[0] == 1 ? 52 : 40);
        Matrix movie = Matrix.Read(movieHeader, movieHeader.Length > 0 && movieHeader[0] == 1 ? 48 : 36);
        return Video.Orientation.FromMatrix(
            (track.A * movie.A) + (track.B * movie.C), (track.A * movie.B) + (track.B * movie.D),
            (track.C * movie.A) + (track.D * movie.C), (track.C * movie.B) + (track.D * movie.D));
    }

    /// <summary>The numbers of a matrix (a b u, c d v, x y w) that turn and scale.</summary>
    private readonly record struct Matrix(double A, double B, double C, double D)
    {
        public static Matrix Read(ReadOnlySpan<byte> header, int at) => header.Length < at + 20
            ? new Matrix(1, 0, 0, 1)
            : new Matrix(
                BinaryPrimitives.ReadInt32BigEndian(header[at..]), BinaryPrimitives.ReadInt32BigEndian(header[(at + 4)..]),
                BinaryPrimitives.ReadInt32BigEndian(header[(at + 12)..]), BinaryPrimitives.ReadInt32BigEndian(header[(at + 16)..]));
    }

    /// <summary>Whether a data reference (dref) of QuickTime's kind names another file.</summary>
    private static bool RefersToOtherFiles(ReadOnlySpan<byte> information)
    {
        if (!Mp4Box.TryFind(information, "dinf"u8, out ReadOnlySpan<byte> data) ||
            !Mp4Box.TryFind(data, "dref"u8, out ReadOnlySpan<byte> references) || references.Length < 8)
        {
            return false;
        }

        Mp4Box.Enumerator entries = Mp4Box.Children(references[8..]);
        while (entries.MoveNext())
        {
            ReadOnlySpan<byte> content = entries.Current.Content;
            if (entries.Current.Type == Mp4Box.TypeOf("alis"u8) && content.Length >= 4 && (content[3] & SelfContainedFlag) == 0)
            {
                return true;
            }
        }

        return false;
    }

    private static List<Edit> ReadEdits(ReadOnlySpan<byte> list, uint movieTimeScale, uint timeScale, out bool isPlainSpeed)
    {
        List<Edit> edits = [];
        isPlainSpeed = true;
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

            isPlainSpeed &= BinaryPrimitives.ReadInt32BigEndian(rest[(entryBytes - 4)..]) == NormalSpeed;
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
