namespace Avion.Video;

/// <summary>A place that holds videos: a folder, or a tar shard.</summary>
/// <param name="Path">The folder or the tar file.</param>
/// <param name="Videos">The videos in it, by name.</param>
/// <param name="BadEntries">Names that are no files and members that cannot be read, or that the folder or shard itself cannot.</param>
/// <param name="BrokenPromises">Chunks that something promises and that are missing, a manifest or an index that is damaged.</param>
/// <param name="Index">Its index, or null. Safe for threads.</param>
internal sealed record VideoFolder(
    string Path, IReadOnlyList<ShardMember> Videos, IReadOnlyList<Problem> BadEntries, IReadOnlyList<Problem> BrokenPromises,
    IndexFile? Index) : IDisposable
{
    /// <summary>A promise of more is told in one line.</summary>
    private const int MostMissingNamed = 100;

    /// <summary>All folders and shards of a tree that hold videos, one at a time, each once.</summary>
    public static IEnumerable<VideoFolder> Find(string root, CancellationToken cancellation = default)
    {
        switch (FileStatus.Of(root).Kind)
        {
            case FileKind.Missing:
                throw new DirectoryNotFoundException($"There is no file or folder '{root}'.");
            case FileKind.Folder:
                break;
            default:
                yield return IsShard(root) ? OpenShard(root, cancellation) : OpenFile(root);
                yield break;
        }

        foreach (WalkedFolder walked in new FolderWalk(name => IsShard(name) || IsVideo(name)).Walk(root, cancellation))
        {
            VideoFolder folder = OpenFolder(walked);
            if (folder.Videos.Count > 0 || folder.BadEntries.Count > 0 || folder.BrokenPromises.Count > 0)
            {
                yield return folder;
            }

            foreach (string shard in walked.Files.Where(IsShard))
            {
                yield return OpenShard(System.IO.Path.Combine(walked.Path, shard), cancellation);
            }
        }
    }

    /// <summary>One folder without those below it, or one shard.</summary>
    public static VideoFolder Open(string path) => FileStatus.Of(path).Kind == FileKind.Folder
        ? OpenFolder(new FolderWalk(IsVideo, followsLinks: false).Walk(path).First())
        : OpenShard(path, CancellationToken.None);

    /// <summary>Distance of chunks that are named by their first second, and the last of them; null
    /// where the videos are no chunks.</summary>
    private (long Seconds, long LastSecond)? Steps { get; } = StepsOf([.. Videos.Select(video => video.Name)]);

    public void Dispose() => Index?.Dispose();

    /// <summary>Name of a video in reports.</summary>
    public string NameOf(ShardMember video) => video.Source.IsWholeFile ? video.Source.Path : $"{Path}/{video.Name}";

    /// <summary>Seconds that a chunk must last because another follows it; null for the last one
    /// and for videos that are no chunks.</summary>
    public double? SecondsExpectedOf(ShardMember video) =>
        Steps is { } steps && SecondOf(video.Name) is { } second && second < steps.LastSecond ? steps.Seconds : null;

    /// <summary>What the index says of a video; a record that is damaged is a problem of the index.</summary>
    public IndexRecord? RecordOf(ShardMember video, List<Problem> problems)
    {
        try
        {
            IndexRecord? record = Index?.Find(video.Name);
            if (Index is not null && record is null)
            {
                problems.Add(new Problem(NameOf(video), ProblemKind.StaleIndex, $"the index '{Index.Path}' lacks it"));
            }

            return record;
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException)
        {
            problems.Add(new Problem(NameOf(video), ProblemKind.StaleIndex, exception.Message));
            return null;
        }
    }

    private static bool IsShard(string name) => name.EndsWith(".tar", StringComparison.OrdinalIgnoreCase);

    private static bool IsVideo(string name) => SourceTree.Extensions.Contains(System.IO.Path.GetExtension(name));

    private static VideoFolder OpenFile(string path)
    {
        IndexFile? index = OpenIndex(IndexFile.PathFor(new VideoSource(path)), []);
        return new VideoFolder(System.IO.Path.GetDirectoryName(path) ?? ".",
            [new ShardMember(System.IO.Path.GetFileName(path), new VideoSource(path))], [], [], index);
    }

    private static VideoFolder OpenFolder(WalkedFolder walked)
    {
        string path = walked.Path;
        List<Problem> problems = [];
        ShardMember[] videos =
        [
            .. walked.Files.Where(IsVideo)
                .Select(file => new ShardMember(file, new VideoSource(System.IO.Path.Combine(path, file)))),
        ];
        IndexFile? index = OpenIndex(System.IO.Path.Combine(path, IndexFile.NameInFolder), problems);
        if (!AddMissing(path, videos, index, problems))
        {
            index!.Dispose();
            index = null;
        }

        return new VideoFolder(path, videos, walked.Problems, problems, index);
    }

    private static VideoFolder OpenShard(string path, CancellationToken cancellation)
    {
        IReadOnlyList<Problem> bad;
        VideoShard? shard = null;
        try
        {
            shard = VideoShard.Open(path, out IReadOnlyList<string> damage, cancellation);
            bad = [.. damage.Select(sentence => new Problem(path, ProblemKind.Corrupt, sentence))];
        }
        catch (VideoException exception)
        {
            bad = [Problem.Of(path, exception)];
        }

        List<Problem> promises = [];
        IndexFile? index = OpenIndex(path + IndexFile.ShardSuffix, promises);
        Tell(path, [.. (shard?.Lacking ?? []).Select(name => (name, "the index beside the shard holds it, the shard does not: it was cut "
            + "short. Prepare its videos again"))], promises);
        return new VideoFolder(path, shard?.Members ?? [], bad, promises, index);
    }

    private static IndexFile? OpenIndex(string path, List<Problem> problems)
    {
        try
        {
            return FileStatus.Of(path).Kind == FileKind.Missing ? null : IndexFile.Open(path);
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            problems.Add(new Problem(path, ProblemKind.StaleIndex, exception.Message));
            return null;
        }
    }

    /// <summary>
    /// Files that something promises: the manifest, the index, or the even steps of the chunks' names. False when the index is damaged.
    /// </summary>
    private static bool AddMissing(string path, ShardMember[] videos, IndexFile? index, List<Problem> problems)
    {
        HashSet<string> present = [.. videos.Select(video => video.Name)];
        SortedDictionary<string, string> missing = new(StringComparer.Ordinal);
        ChunkManifest? manifest = ChunkManifest.TryRead(path, out string? damage);
        if (damage is not null)
        {
            problems.Add(new Problem(System.IO.Path.Combine(path, ChunkManifest.FileName), ProblemKind.Corrupt, damage));
        }

        foreach (string name in Enumerable.Range(0, manifest?.Chunks ?? 0).Select(number => manifest!.NameOfChunk(number)))
        {
            if (!present.Contains(name))
            {
                missing[name] = $"{ChunkManifest.FileName} promises {manifest!.Chunks} chunks";
            }
        }

        bool isSound = TryReadNames(index, problems, present, missing);
        foreach (string name in GapsBetween(present))
        {
            missing.TryAdd(name, "the chunks before and after it are there");
        }

        Tell(path, [.. missing.Select(entry => (entry.Key, $"the file is missing: {entry.Value}"))], problems);
        return isSound;
    }

    /// <summary>Adds what is missing of a folder or shard: the first by name, the others by their number.</summary>
    private static void Tell(string path, IReadOnlyList<(string Name, string Reason)> missing, List<Problem> problems)
    {
        problems.AddRange(missing.Take(MostMissingNamed).Select(entry =>
            new Problem($"{path}/{entry.Name}", ProblemKind.Missing, entry.Reason)));
        if (missing.Count > MostMissingNamed)
        {
            problems.Add(new Problem(path, ProblemKind.Missing, $"{missing.Count - MostMissingNamed} further files are missing"));
        }
    }

    /// <summary>Adds the files that an index names and that are not there; false when it is damaged.</summary>
    private static bool TryReadNames(
        IndexFile? index, List<Problem> problems, HashSet<string> present, SortedDictionary<string, string> missing)
    {
        try
        {
            foreach (IndexRecord record in index?.ReadAll() ?? [])
            {
                if (!FolderScope.IsFileName(record.Name))
                {
                    throw new InvalidDataException($"The index '{index!.Path}' names '{record.Name}', which is not in its folder.");
                }

                if (!present.Contains(record.Name))
                {
                    missing.TryAdd(record.Name, "the index holds it");
                }
            }

            return true;
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException)
        {
            problems.Add(new Problem(index!.Path, ProblemKind.StaleIndex, exception.Message));
            return false;
        }
    }

    private static IEnumerable<string> GapsBetween(HashSet<string> names)
    {
        if (StepsOf(names) is not { } steps)
        {
            yield break;
        }

        string extension = System.IO.Path.GetExtension(names.First());
        for (long second = 0; second < steps.LastSecond; second += steps.Seconds)
        {
            if (!names.Contains($"{second}{extension}"))
            {
                yield return $"{second}{extension}";
            }
        }
    }

    /// <summary>Chunks are named by their first second in even steps: 0.mp4, 15.mp4, 30.mp4.</summary>
    private static (long Seconds, long LastSecond)? StepsOf(IReadOnlyCollection<string> names)
    {
        const int fewest = 3;
        long?[] parsed = [.. names.Select(SecondOf).Order()];
        if (parsed.Length < fewest || parsed[0] is null)
        {
            return null;
        }

        long[] seconds = [.. parsed.Select(second => second!.Value)];
        long step = seconds.Zip(seconds.Skip(1), (a, b) => b - a).Min();
        // Numbers that are not mostly multiples of one step are no chunks of one length.
        bool areChunks = step > 0 && seconds.All(second => second % step == 0) && seconds.Length * 2L >= (seconds[^1] / step) + 1;
        return areChunks ? (step, seconds[^1]) : null;
    }

    private static long? SecondOf(string name) =>
        long.TryParse(System.IO.Path.GetFileNameWithoutExtension(name), NumberStyles.None, CultureInfo.InvariantCulture, out long second)
            ? second : null;
}
