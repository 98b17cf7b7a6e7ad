namespace Avion.Video;

/// <summary>A place that holds videos: a folder, or a tar shard.</summary>
/// <param name="Path">The folder or the tar file.</param>
/// <param name="Videos">The videos in it, by name.</param>
/// <param name="Problems">What is wrong with the folder as a whole: missing chunks, a damaged index.</param>
/// <param name="Index">Its index, or null. Safe for threads.</param>
internal sealed record VideoFolder(string Path, IReadOnlyList<ShardMember> Videos, List<Problem> Problems, IndexFile? Index) : IDisposable
{
    /// <summary>All folders and shards of a tree that hold videos, one at a time.</summary>
    public static IEnumerable<VideoFolder> Find(string root)
    {
        if (File.Exists(root))
        {
            yield return root.EndsWith(".tar", StringComparison.OrdinalIgnoreCase) ? OpenShard(root) : OpenFile(root);
            yield break;
        }

        if (!Directory.Exists(root))
        {
            throw new DirectoryNotFoundException($"There is no file or folder '{root}'.");
        }

        Stack<string> open = new([root]);
        while (open.TryPop(out string? path))
        {
            foreach (string below in Directory.EnumerateDirectories(path).OrderByDescending(name => name, StringComparer.Ordinal))
            {
                if (!System.IO.Path.GetFileName(below).StartsWith('.'))
                {
                    open.Push(below);
                }
            }

            VideoFolder folder = OpenFolder(path);
            if (folder.Videos.Count > 0 || folder.Problems.Count > 0)
            {
                yield return folder;
            }

            foreach (string shard in Directory.EnumerateFiles(path, "*.tar").Order(StringComparer.Ordinal))
            {
                yield return OpenShard(shard);
            }
        }
    }

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
        catch (InvalidDataException exception)
        {
            problems.Add(new Problem(NameOf(video), ProblemKind.StaleIndex, exception.Message));
            return null;
        }
    }

    private static VideoFolder OpenFile(string path)
    {
        List<Problem> problems = [];
        IndexFile? index = OpenIndex(IndexFile.PathFor(new VideoSource(path)), problems);
        return new VideoFolder(System.IO.Path.GetDirectoryName(path) ?? ".",
            [new ShardMember(System.IO.Path.GetFileName(path), new VideoSource(path))], [], index);
    }

    private static VideoFolder OpenFolder(string path)
    {
        List<Problem> problems = [];
        ShardMember[] videos =
        [
            .. Directory.EnumerateFiles(path).Where(file => SourceTree.Extensions.Contains(System.IO.Path.GetExtension(file)))
                .Order(StringComparer.Ordinal).Select(file => new ShardMember(System.IO.Path.GetFileName(file), new VideoSource(file))),
        ];
        IndexFile? index = OpenIndex(System.IO.Path.Combine(path, IndexFile.NameInFolder), problems);
        if (!AddMissing(path, videos, index, problems))
        {
            index!.Dispose();
            index = null;
        }

        return new VideoFolder(path, videos, problems, index);
    }

    private static VideoFolder OpenShard(string path)
    {
        List<Problem> problems = [];
        IReadOnlyList<ShardMember> members = [];
        try
        {
            members = VideoShard.Open(path).Members;
        }
        catch (VideoException exception)
        {
            problems.Add(new Problem(path, ProblemKind.Corrupt, exception.Message));
        }

        return new VideoFolder(path, members, problems, OpenIndex(path + IndexFile.ShardSuffix, problems));
    }

    private static IndexFile? OpenIndex(string path, List<Problem> problems)
    {
        try
        {
            return File.Exists(path) ? IndexFile.Open(path) : null;
        }
        catch (InvalidDataException exception)
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
        if (ChunkManifest.TryRead(path) is { } manifest)
        {
            foreach (string name in Enumerable.Range(0,
                manifest.Chunks).Select(manifest.NameOfChunk).Where(name => !present.Contains(name)))
            {
                missing[name] = $"{ChunkManifest.FileName} promises {manifest.Chunks} chunks";
            }
        }

        bool isSound = TryReadNames(index, problems, out List<string> indexed);
        foreach (string name in indexed.Where(name => !present.Contains(name)))
        {
            missing.TryAdd(name, "the index holds it");
        }

        foreach (string name in GapsBetween(present))
        {
            missing.TryAdd(name, "the chunks before and after it are there");
        }

        problems.AddRange(missing.Select(entry =>
            new Problem(System.IO.Path.Combine(path, entry.Key), ProblemKind.Missing, $"the file is missing: {entry.Value}")));
        return isSound;
    }

    private static bool TryReadNames(IndexFile? index, List<Problem> problems, out List<string> names)
    {
        names = [];
        try
        {
            names.AddRange(index?.ReadAll().Select(record => record.Name) ?? []);
            return true;
        }
        catch (InvalidDataException exception)
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
