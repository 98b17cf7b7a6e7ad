namespace Avion.Video;

/// <summary>Lists the video files of a folder tree.</summary>
public static class VideoFiles
{
    /// <summary>Paths below a folder, with forward slashes, in ordinal order; each folder once, however many links lead to it. Hidden names
    /// and what cannot be listed are left out.</summary>
    public static IReadOnlyList<string> Below(string folder)
    {
        string root = Path.GetFullPath(folder);
        List<string> names = [];
        foreach (WalkedFolder walked in new FolderWalk(IsVideo).Walk(root))
        {
            names.AddRange(walked.Files.Select(
                name => Path.GetRelativePath(root, Path.Combine(walked.Path, name)).Replace(Path.DirectorySeparatorChar, '/')));
        }

        names.Sort(string.CompareOrdinal);
        return names;
    }

    private static bool IsVideo(string name) => !name.StartsWith('.') && SourceTree.Extensions.Contains(Path.GetExtension(name));
}
