using System.Collections.Immutable;

namespace Avion.Video;

/// <summary>One video to prepare.</summary>
/// <param name="Path">The file.</param>
/// <param name="Relative">Its path below the source folder, with forward slashes.</param>
/// <param name="Target">The folder of chunks below the destination, with forward slashes: the same name, ending in .mp4.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Modified">Its last change, UTC.</param>
public sealed record SourceVideo(string Path, string Relative, string Target, long Bytes, DateTime Modified);

/// <summary>What a source holds.</summary>
/// <param name="Videos">Videos, in the order of their names.</param>
/// <param name="Bad">Names of videos that are no files, and folders that cannot be listed.</param>
public sealed record SourceListing(IReadOnlyList<SourceVideo> Videos, IReadOnlyList<BadSource> Bad)
{
    /// <summary>How many files were passed over because their names are not those of videos, by the endings of the names.</summary>
    public IReadOnlyDictionary<string, int> PassedOver { get; init; } = ImmutableSortedDictionary<string, int>.Empty;
}

/// <summary>Finds the videos of a folder tree.</summary>
public static class SourceTree
{
    /// <summary>Extensions that are taken for videos.</summary>
    public static IReadOnlySet<string> Extensions { get; } = new HashSet<string>(StringComparer.OrdinalIgnoreCase)
    {
        ".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".mpe", ".m2v", ".ts", ".mts", ".m2ts", ".wmv", ".flv", ".3gp",
        ".3g2", ".ogv", ".vob", ".insv", ".360", ".lrv",
    };

    /// <summary>Lists the videos of a file or folder; each folder once, however many links lead to it. Hidden names are left out.</summary>
    /// <exception cref="FileNotFoundException">There is no such file or folder.</exception>
    /// <exception cref="InvalidDataException">It holds chunks that were prepared, or two videos would give the same folder of
    /// chunks.</exception>
    public static SourceListing Find(string source, CancellationToken cancellation = default)
    {
        string root = Path.GetFullPath(source);
        switch (FileStatus.Of(root).Kind)
        {
            case FileKind.File:
                RefuseChunks(Path.GetDirectoryName(root)!);
                return new SourceListing([Describe(root, Path.GetFileName(root))], []);
            case FileKind.Folder:
                return FindBelow(root, cancellation);
            default:
                throw new FileNotFoundException($"There is no file or folder '{source}'.", source);
        }
    }

    private static SourceListing FindBelow(string root, CancellationToken cancellation)
    {
        List<SourceVideo> videos = [];
        List<BadSource> bad = [];
        SortedDictionary<string, int> passedOver = new(StringComparer.Ordinal);
        foreach (WalkedFolder folder in new FolderWalk(IsWanted).Walk(root, cancellation))
        {
            foreach (string name in folder.Files)
            {
                string path = Path.Combine(folder.Path, name);
                if (name == ChunkManifest.FileName)
                {
                    RefuseChunks(folder.Path);
                }
                else
                {
                    videos.Add(Describe(path, Relative(root, path)));
                }
            }

            bad.AddRange(folder.Problems.Where(problem => Path.GetFileName(problem.Path) != ChunkManifest.FileName)
                .Select(problem => new BadSource(Relative(root, problem.Path), problem.Detail, null)));
        }

        videos.Sort((a, b) => string.CompareOrdinal(a.Relative, b.Relative));
        RefuseClashes(videos);
        return new SourceListing(videos, bad) { PassedOver = passedOver };

        bool IsWanted(string name)
        {
            bool isWanted = IsVideoOrManifest(name);
            if (!isWanted && !name.StartsWith('.'))
            {
                string ending = Path.GetExtension(name).ToLowerInvariant();
                passedOver[ending] = passedOver.GetValueOrDefault(ending) + 1;
            }

            return isWanted;
        }
    }

    private static bool IsVideoOrManifest(string name) =>
        !name.StartsWith('.') && (name == ChunkManifest.FileName || Extensions.Contains(Path.GetExtension(name)));

    private static string Relative(string root, string path) =>
        Path.GetRelativePath(root, path).Replace(Path.DirectorySeparatorChar, '/');

    private static void RefuseChunks(string folder)
    {
        if (ChunkManifest.TryRead(folder) is { } manifest)
        {
            throw new InvalidDataException(
                $"'{folder}' holds chunks that were prepared from '{manifest.Source}' already: cutting them again would lose quality and "
                + "names. Give the folder of the original videos.");
        }
    }

    private static void RefuseClashes(List<SourceVideo> videos)
    {
        if (videos.GroupBy(video => video.Target).FirstOrDefault(group => group.Count() > 1) is { } clash)
        {
            throw new InvalidDataException(
                $"'{string.Join("' and '", clash.Select(video => video.Relative))}' would both become '{clash.Key}': rename one of them.");
        }

        Dictionary<string, SourceVideo> byTarget = videos.ToDictionary(video => video.Target, StringComparer.Ordinal);
        foreach (SourceVideo video in videos)
        {
            for (int slash = video.Target.IndexOf('/'); slash >= 0; slash = video.Target.IndexOf('/', slash + 1))
            {
                if (byTarget.TryGetValue(video.Target[..slash], out SourceVideo? above))
                {
                    throw new InvalidDataException(
                        $"The chunks of '{above.Relative}' would become the folder '{above.Target}', in which those of '{video.Relative}' "
                        + "would lie too: rename one of them.");
                }
            }
        }
    }

    private static SourceVideo Describe(string path, string relative)
    {
        FileInfo file = new(path);
        // A link's own length says nothing of the video.
        FileSystemInfo target = file.ResolveLinkTarget(returnFinalTarget: true) ?? file;
        long bytes = target is FileInfo { Exists: true } real ? real.Length : 0;
        return new SourceVideo(path, relative, Path.ChangeExtension(relative, ".mp4"), bytes, target.LastWriteTimeUtc);
    }
}
