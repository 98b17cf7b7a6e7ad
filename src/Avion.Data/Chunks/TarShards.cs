using Avion.Video;
using Microsoft.Win32.SafeHandles;

namespace Avion.Data;

/// <summary>Videos inside tar files, read in place: members <c>NAME.mp4</c>, or <c>NAME.mp4/0.mp4</c>, <c>15.mp4</c> … for
/// chunks.</summary>
/// <remarks>
/// The shards are listed once and never unpacked: a clip is read from its place in the shard, at random, so that shuffling and exact
/// resume are those of loose files. Members <c>NAME.txt</c> (caption) and <c>NAME.cls</c> (class number), the WebDataset convention, are
/// annotations.
/// </remarks>
public sealed class TarShards : VideoStore
{
    private const int LongestAnnotationBytes = 1 << 20, MostShards = 1_000_000;

    private readonly Dictionary<string, SortedList<int, VideoSource>> _videos = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, string> _captions = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _classes = new(StringComparer.Ordinal);
    private readonly List<string> _problems = [];
    private readonly int _chunkSeconds;

    /// <summary>Lists shards.</summary>
    /// <param name="pattern">A tar file, or several by a range in braces: <c>train-{0000..0127}.tar</c>.</param>
    /// <param name="chunkSeconds">Length of a chunk where members are chunks; 0 for whole videos.</param>
    /// <param name="extension">Ending of videos, without dot.</param>
    /// <exception cref="DataException">A shard is missing or is no tar file, or there is no video.</exception>
    public TarShards(string pattern, int chunkSeconds = 0, string extension = "mp4")
    {
        ArgumentOutOfRangeException.ThrowIfNegative(chunkSeconds);
        Location = pattern;
        _chunkSeconds = chunkSeconds;
        foreach (string shard in Expand(pattern))
        {
            List(Path.GetFullPath(shard), $".{extension.TrimStart('.')}");
        }

        if (_videos.Count == 0)
        {
            throw new DataException(_problems.Count == 0
                ? $"'{pattern}' has no members that end in .{extension}."
                : $"Nothing can be read of '{pattern}': {_problems[0]}.");
        }
    }

    /// <inheritdoc/>
    public override string Location { get; }

    /// <summary>What is wrong with the shards, in sentences without a full stop; the videos that are named elsewhere can be read.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <inheritdoc/>
    public override StoredVideo Find(string name)
    {
        SortedList<int, VideoSource>? chunks = null;
        foreach (string stem in VideoName.StemsOf(name))
        {
            if (_videos.TryGetValue(stem, out chunks))
            {
                break;
            }
        }

        if (chunks is null)
        {
            string damage = _problems.Count == 0 ? "" : $" Part of it cannot be read: {_problems[0]}.";
            throw new DataException(
                $"Video '{name}' is missing: '{Location}' has {_videos.Count} videos, and none of that name.{damage}");
        }

        return _chunkSeconds == 0
            ? new StoredVideo(name, chunks.Values[0])
            : new StoredVideo(name, _chunkSeconds, [.. chunks.Keys], [.. chunks.Values]);
    }

    /// <summary>The clips that the shards' own .txt and .cls members describe: whole videos, in ordinal order of their names.</summary>
    /// <exception cref="DataException">There is none, or only some have a class.</exception>
    public ClipTable ReadAnnotations()
    {
        ClipTable table = new(Location, _classes.Count > 0 ? 1 : 0);
        foreach (string name in new SortedSet<string>(_videos.Keys, StringComparer.Ordinal))
        {
            bool hasCaption = _captions.TryGetValue(name, out string? caption), hasClass = _classes.TryGetValue(name, out int label);
            if (hasCaption || hasClass)
            {
                if (hasClass != (table.LabelCount == 1))
                {
                    throw new DataException($"'{Location}' has classes for {_classes.Count} clips but none for '{name}', expected one "
                        + "for each.");
                }

                table.Add(name, ClipSpan.Whole, hasClass ? [label] : []);
                if (hasCaption)
                {
                    table.AddCaption(caption!);
                }
            }
        }

        return table.Count > 0 ? table : throw new DataException($"'{Location}' has no NAME.txt or NAME.cls beside its videos.");
    }

    /// <summary>Names that a range in braces stands for; digits keep their width.</summary>
    /// <exception cref="DataException">The range is not of the form {000..127}.</exception>
    internal static List<string> Expand(string pattern)
    {
        int open = pattern.IndexOf('{'), close = pattern.IndexOf('}');
        if (open < 0 && close < 0)
        {
            return [pattern];
        }

        string[] ends = close > open && open >= 0 ? pattern[(open + 1)..close].Split("..") : [];
        if (ends.Length != 2 || !int.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out int first)
            || !int.TryParse(ends[1], NumberStyles.None, CultureInfo.InvariantCulture, out int last) || last < first)
        {
            throw new DataException($"Cannot read the shards '{pattern}': expected a range such as {{0000..0127}} in braces.");
        }

        if (last - first >= MostShards)
        {
            throw new DataException($"Cannot read the shards '{pattern}': they are more than {MostShards:N0}.");
        }

        List<string> names = [];
        for (int number = first; number <= last; number++)
        {
            string digits = number.ToString(CultureInfo.InvariantCulture).PadLeft(ends[0].Length, '0');
            names.AddRange(Expand($"{pattern[..open]}{digits}{pattern[(close + 1)..]}"));
        }

        return names;
    }

    private void List(string shard, string extension)
    {
        try
        {
            TarListing listing = TarListing.Read(
                shard, name => name.EndsWith(extension, StringComparison.OrdinalIgnoreCase) || IsAnnotation(name));
            using SafeFileHandle file = File.OpenHandle(shard, options: FileOptions.RandomAccess);
            foreach (TarMember member in listing.Members)
            {
                Add(shard, file, member, extension);
            }

            _problems.AddRange(listing.Problems.Select(problem => $"shard '{shard}': {problem}"));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"Cannot list the shard '{shard}': {error.Message}", error);
        }
    }

    private static bool IsAnnotation(string name) => Path.GetExtension(name) is ".txt" or ".cls";

    private void Add(string shard, SafeFileHandle file, in TarMember member, string extension)
    {
        string name = member.Name[..^Path.GetExtension(member.Name).Length];
        if (IsAnnotation(member.Name))
        {
            AddAnnotation(shard, file, member, name);
            return;
        }

        int start = 0;
        if (_chunkSeconds > 0)
        {
            int slash = name.LastIndexOf('/');
            if (slash < extension.Length
                || !int.TryParse(name[(slash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out start)
                || start % _chunkSeconds != 0)
            {
                throw new DataException($"'{shard}' has the member '{member.Name}', expected VIDEO{extension}/SECONDS{extension} every "
                    + $"{_chunkSeconds} s.");
            }

            name = name[..(slash - extension.Length)];
        }

        if (!_videos.TryGetValue(name, out SortedList<int, VideoSource>? chunks))
        {
            _videos.Add(name, chunks = []);
        }

        if (!chunks.TryAdd(start, new VideoSource(shard, member.Offset, member.Length)))
        {
            throw new DataException($"'{shard}' has the member '{member.Name}' a second time, expected each video once in '{Location}'.");
        }
    }

    private void AddAnnotation(string shard, SafeFileHandle file, in TarMember member, string name)
    {
        if (member.Length > LongestAnnotationBytes)
        {
            throw new DataException($"'{shard}' has the member '{member.Name}' of {member.Length} bytes, expected at most "
                + $"{LongestAnnotationBytes}.");
        }

        byte[] bytes = new byte[member.Length];
        _ = RandomAccess.Read(file, bytes, member.Offset);
        bool isCaption = member.Name.EndsWith(".txt", StringComparison.Ordinal);
        string text = AnnotationText.Decode($"{shard}/{member.Name}", "line 1", isCaption ? "'caption'" : "'class'", bytes)
            .Trim('\uFEFF').Trim();
        if (isCaption)
        {
            _captions[name] = text;
        }
        else if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int label))
        {
            _classes[name] = label;
        }
        else
        {
            throw AnnotationError.Make($"{shard}/{member.Name}", 1, text, "a class number");
        }
    }
}
