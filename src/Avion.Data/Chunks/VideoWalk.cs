using System.IO.Enumeration;

namespace Avion.Data;

/// <summary>Goes once through the folders below a root and names the videos there, by the system's listings alone: no file is asked
/// for.</summary>
/// <remarks>Hidden names are left out. Each folder is gone through once, however many links lead to it, first those that really lie in the
/// tree: a loop of links ends.</remarks>
internal sealed class VideoWalk
{
    private readonly Stack<(string Path, string Below)> _open = new();
    private readonly Queue<(string Path, string Below)> _links = new();
    private readonly HashSet<FileIdentity> _seen = [];
    private readonly bool _areFolders;

    private VideoWalk(bool areFolders) => _areFolders = areFolders;

    /// <summary>Names the videos below a root, with forward slashes.</summary>
    /// <param name="root">The folder.</param>
    /// <param name="areFolders">Videos are folders of chunks; otherwise files.</param>
    /// <returns>The names, and in <see cref="VideoNames.Problems"/> the folders below the root that cannot be listed.</returns>
    /// <exception cref="DataException">The root cannot be listed.</exception>
    public static VideoNames Find(string root, bool areFolders)
    {
        VideoWalk walk = new(areFolders);
        VideoNames names = new();
        walk._open.Push((root, ""));
        while (walk._open.TryPop(out (string Path, string Below) folder) || walk._links.TryDequeue(out folder))
        {
            // What the system does not find has no identity by which it could have been seen.
            FileStatus status = FileStatus.Of(folder.Path);
            if (status.Kind == FileKind.Missing || walk._seen.Add(status.Identity))
            {
                walk.List(folder.Path, folder.Below, names);
            }
        }

        return names;
    }

    private void List(string path, string below, VideoNames names)
    {
        List<string> videos = [], folders = [];
        try
        {
            FileSystemEnumerable<(string Name, bool IsFolder, bool IsLink)> entries = new(
                path, static (ref FileSystemEntry entry) => (entry.FileName.ToString(), entry.IsDirectory, IsLink(ref entry)),
                new EnumerationOptions { AttributesToSkip = 0, IgnoreInaccessible = false })
            {
                ShouldIncludePredicate = static (ref FileSystemEntry entry) => entry.FileName.Length > 0 && entry.FileName[0] != '.',
            };
            foreach ((string name, bool isFolder, bool isLink) in entries)
            {
                if (isFolder == _areFolders && VideoNames.IsVideoEnding(Path.GetExtension(name.AsSpan())))
                {
                    videos.Add(below + name);
                }
                else if (isFolder && isLink)
                {
                    _links.Enqueue((Path.Combine(path, name), $"{below}{name}/"));
                }
                else if (isFolder)
                {
                    folders.Add(name);
                }
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            if (below.Length == 0)
            {
                throw new DataException($"Cannot list the video folder '{path}': {error.Message}", error);
            }

            string? fault = error is DirectoryNotFoundException ? FileNames.FaultOf(path) : null;
            names.Problems.Add($"cannot list the video folder '{path}': {fault ?? error.Message.TrimEnd('.')}");
            return;
        }

        // In the order of names, which no file system promises.
        videos.Sort(StringComparer.Ordinal);
        videos.ForEach(names.Add);
        folders.Sort(StringComparer.Ordinal);
        for (int last = folders.Count - 1; last >= 0; last--)
        {
            _open.Push((Path.Combine(path, folders[last]), $"{below}{folders[last]}/"));
        }
    }

    /// <summary>Only a folder may lead round in a circle, so only folders are asked.</summary>
    private static bool IsLink(ref FileSystemEntry entry) => entry.IsDirectory && (entry.Attributes & FileAttributes.ReparsePoint) != 0;
}
