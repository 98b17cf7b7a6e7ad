using Avion.Video;

namespace Avion.Data;

/// <summary>Stored videos by the names that annotations give them: their own, or the original ones.</summary>
/// <remarks>The rule is that of <see cref="VideoStore"/>.</remarks>
internal sealed class VideoNames
{
    private readonly Dictionary<string, int> _byLastPart = new(StringComparer.Ordinal);
    private readonly List<string> _paths = [];
    private readonly List<int> _next = [];

    /// <summary>How a video's folders agree with a name's.</summary>
    private enum Folders
    {
        Equal,
        LeftOutOfName,
        LeftOutOfStore,
        Different,
    }

    /// <summary>How a video's ending agrees with a name's.</summary>
    private enum Ending
    {
        Equal,
        OtherCapitals,
        LeftOut,
        Replaced,
    }

    /// <summary>Paths of the videos below the store, with forward slashes and with their endings.</summary>
    public IReadOnlyList<string> Paths => _paths;

    /// <summary>What of the store could not be listed, in sentences without a full stop.</summary>
    public List<string> Problems { get; } = [];

    /// <summary>A path without the ending of a video; other dots are part of a name.</summary>
    public static ReadOnlySpan<char> StemOf(ReadOnlySpan<char> path)
    {
        ReadOnlySpan<char> ending = Path.GetExtension(path);
        return IsVideoEnding(ending) ? path[..^ending.Length] : path;
    }

    /// <summary>Whether an ending is that of a video, dot and all.</summary>
    public static bool IsVideoEnding(ReadOnlySpan<char> ending) => ending.Length > 1 && s_endings.Contains(ending);

    /// <summary>Whether a path is that of a chunk, <c>VIDEO.mp4/SECOND.mp4</c>.</summary>
    public static bool IsChunk(string path, out string video, out int start)
    {
        int slash = path.LastIndexOf('/');
        (video, start) = (slash < 0 ? "" : path[..slash], 0);
        return IsVideoEnding(Path.GetExtension(video.AsSpan()))
            && int.TryParse(Path.GetFileNameWithoutExtension(path.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out start);
    }

    /// <summary>Adds a video.</summary>
    public void Add(string path)
    {
        string last = LastPart(StemOf(path)).ToString();
        _next.Add(_byLastPart.TryGetValue(last, out int first) ? first : -1);
        _byLastPart[last] = _paths.Count;
        _paths.Add(path);
    }

    /// <summary>The number of the video that a name means; -1 where there is none.</summary>
    /// <param name="name">The name.</param>
    /// <param name="isShortened">The store's path has fewer folders than the name: it may be the path of another video too.</param>
    /// <exception cref="DataException">The name means two videos.</exception>
    public int Find(string name, out bool isShortened)
    {
        string plain = Normalize(name);
        ReadOnlySpan<char> stem = StemOf(plain);
        Match best = Match.None, second = Match.None;
        Collect(plain, plain, ref best, ref second);
        if (stem.Length != plain.Length)
        {
            Collect(plain, stem, ref best, ref second);
        }

        isShortened = best.Folders == Folders.LeftOutOfStore;
        return best.Number < 0 || best.Rank != second.Rank
            ? best.Number
            : throw new DataException($"Video '{name}' may be '{_paths[Math.Min(best.Number, second.Number)]}' or "
                + $"'{_paths[Math.Max(best.Number, second.Number)]}'. Name it with its folder and ending.");
    }

    private static readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> s_endings =
        new HashSet<string>(SourceTree.Extensions, StringComparer.OrdinalIgnoreCase).GetAlternateLookup<ReadOnlySpan<char>>();

    private static string Normalize(string name)
    {
        string plain = name.Replace('\\', '/');
        while (plain.StartsWith("./", StringComparison.Ordinal))
        {
            plain = plain[2..];
        }

        return plain;
    }

    private static ReadOnlySpan<char> LastPart(ReadOnlySpan<char> path) => path[(path.LastIndexOf('/') + 1)..];

    private void Collect(string name, ReadOnlySpan<char> stem, ref Match best, ref Match second)
    {
        Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> byLastPart = _byLastPart.GetAlternateLookup<ReadOnlySpan<char>>();
        int number = byLastPart.TryGetValue(LastPart(stem), out int first) ? first : -1;
        for (; number >= 0; number = _next[number])
        {
            ReadOnlySpan<char> stored = StemOf(_paths[number]);
            Folders folders = Compare(stored, stem);
            if (folders == Folders.Different)
            {
                continue;
            }

            ReadOnlySpan<char> wanted = name.AsSpan(stem.Length), ending = _paths[number].AsSpan(stored.Length);
            int lacking = folders == Folders.LeftOutOfStore ? stem.Count('/') - stored.Count('/') : 0;
            Match match = new(number, folders, lacking, wanted.IsEmpty ? Ending.LeftOut
                : wanted.SequenceEqual(ending) ? Ending.Equal
                : wanted.Equals(ending, StringComparison.OrdinalIgnoreCase) ? Ending.OtherCapitals : Ending.Replaced);
            if (match.Rank < best.Rank)
            {
                (best, second) = (match, best);
            }
            else if (match.Rank < second.Rank)
            {
                second = match;
            }
        }
    }

    private static Folders Compare(ReadOnlySpan<char> stored, ReadOnlySpan<char> name) =>
        stored.SequenceEqual(name) ? Folders.Equal
        : EndsWith(stored, name) ? Folders.LeftOutOfName
        : EndsWith(name, stored) ? Folders.LeftOutOfStore
        : Folders.Different;

    private static bool EndsWith(ReadOnlySpan<char> path, ReadOnlySpan<char> part) =>
        path.Length > part.Length && path.EndsWith(part, StringComparison.Ordinal) && path[^(part.Length + 1)] == '/';

    /// <summary>A video that a name may mean; a lower rank is a more literal reading.</summary>
    /// <param name="Number">The video.</param>
    /// <param name="Folders">How its folders agree with those of the name.</param>
    /// <param name="Lacking">Folders of the name that the store's path lacks.</param>
    /// <param name="Ending">How its ending agrees with that of the name.</param>
    private readonly record struct Match(int Number, Folders Folders, int Lacking, Ending Ending)
    {
        public static Match None => new(-1, Folders.Different, 0, Ending.Replaced);

        public long Rank => Number < 0 ? long.MaxValue : ((long)Folders << 40) + ((long)Lacking << 8) + (long)Ending;
    }
}
