namespace Avion.Video;

/// <summary>One video to prepare.</summary>
/// <param name="Path">The file.</param>
/// <param name="Relative">Its path below the source folder, with forward slashes.</param>
/// <param name="Target">The folder of chunks below the destination, with forward slashes: the same name, ending in .mp4.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Modified">Its last change, UTC.</param>
public sealed record SourceVideo(string Path, string Relative, string Target, long Bytes, DateTime Modified);

/// <summary>Finds the videos of a folder tree.</summary>
public static class SourceTree
{
    /// <summary>Extensions that are taken for videos.</summary>
    public static IReadOnlySet<string> Extensions { get; } = new HashSet<string>(StringComparer.OrdinalIgnoreCase)
    {
        ".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".mpe", ".m2v", ".ts", ".mts", ".m2ts", ".wmv", ".flv", ".3gp", ".3g2", ".ogv",
        ".vob", ".insv", ".360", ".lrv",
    };

    /// <summary>Lists the videos of a file or folder in the order of their names.</summary>
    /// <exception cref="FileNotFoundException">There is no such file or folder.</exception>
    /// <exception cref="InvalidDataException">Two videos would give the same folder of chunks.</exception>
    public static IReadOnlyList<SourceVideo> Find(string source, string? destination = null)
    {
        string root = Path.GetFullPath(source);
        if (File.Exists(root))
        {
            return [Describe(root, Path.GetFileName(root))];
        }

        if (!Directory.Exists(root))
        {
            throw new FileNotFoundException($"There is no file or folder '{source}'.", source);
        }

        string? excluded = destination is null ? null : Path.GetFullPath(destination) + Path.DirectorySeparatorChar;
        EnumerationOptions everything = new() { RecurseSubdirectories = true, IgnoreInaccessible = false, AttributesToSkip = FileAttributes.Hidden };
        SourceVideo[] videos =
        [
            .. Directory.EnumerateFiles(root, "*", everything)
                .Where(path => Extensions.Contains(Path.GetExtension(path)) && (excluded is null || !path.StartsWith(excluded, StringComparison.Ordinal)))
                .Select(path => Describe(path, Path.GetRelativePath(root, path).Replace('\\', '/')))
                .OrderBy(video => video.Relative, StringComparer.Ordinal),
        ];
        if (videos.GroupBy(video => video.Target).FirstOrDefault(group => group.Count() > 1) is { } clash)
        {
            throw new InvalidDataException(
                $"'{string.Join("' and '", clash.Select(video => video.Relative))}' would both become '{clash.Key}': rename one of them.");
        }

        return videos;
    }

    private static SourceVideo Describe(string path, string relative)
    {
        FileInfo file = new(path);
        // A link's own length says nothing of the video.
        FileSystemInfo target = file.ResolveLinkTarget(returnFinalTarget: true) ?? file;
        return new SourceVideo(path, relative, Path.ChangeExtension(relative, ".mp4"), target is FileInfo { Exists: true } real ? real.Length : 0, target.LastWriteTimeUtc);
    }
}
