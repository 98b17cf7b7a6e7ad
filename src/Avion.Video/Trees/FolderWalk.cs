using System.IO.Enumeration;

namespace Avion.Video;

/// <summary>One folder of a tree.</summary>
/// <param name="Path">The folder.</param>
/// <param name="Files">Names of the ordinary files in it that were asked for, in ordinal order.</param>
/// <param name="Problems">Names that were asked for and are no ordinary file, and folders that cannot be listed.</param>
internal sealed record WalkedFolder(string Path, IReadOnlyList<string> Files, IReadOnlyList<Problem> Problems);

/// <summary>
/// Goes through the folders of a tree, each once, however many links lead to it: first those that lie in the tree, in ordinal order,
/// then those that only links reach. A link to a folder above ends there, so that a loop costs nothing. What cannot be listed is a
/// problem of its own and ends nothing. Hidden folders are left out.
/// </summary>
/// <param name="isWanted">Which file names are asked for.</param>
/// <param name="followsLinks">Also go through folders that links lead to.</param>
internal sealed class FolderWalk(Predicate<string> isWanted, bool followsLinks = true)
{
    private readonly HashSet<FileIdentity> _seen = [];
    private readonly Stack<string> _open = new();
    private readonly Queue<string> _links = new();

    /// <summary>The folders of a tree, one at a time.</summary>
    /// <param name="root">The tree.</param>
    /// <param name="cancellation">Ends the walk between two entries.</param>
    public IEnumerable<WalkedFolder> Walk(string root, CancellationToken cancellation = default)
    {
        bool isRoot = true;
        foreach (FileIdentity above in FileStatus.WithAncestors(root))
        {
            if (!isRoot)
            {
                _seen.Add(above);
            }

            isRoot = false;
        }

        _open.Push(root);
        while (_open.TryPop(out string? path) || _links.TryDequeue(out path))
        {
            cancellation.ThrowIfCancellationRequested();
            FileStatus status = FileStatus.Of(path);
            if (status.Kind == FileKind.Unreadable || _seen.Add(status.Identity))
            {
                yield return List(path, cancellation);
            }
        }
    }

    private WalkedFolder List(string path, CancellationToken cancellation)
    {
        List<string> files = [];
        List<string> folders = [];
        List<string> links = [];
        List<Problem> problems = [];
        try
        {
            FileSystemEnumerable<(string Name, bool IsFolder)> entries = new(
                path, (ref FileSystemEntry entry) => (entry.FileName.ToString(), entry.IsDirectory),
                new EnumerationOptions { AttributesToSkip = 0, IgnoreInaccessible = false });
            foreach ((string name, bool isFolder) in entries)
            {
                cancellation.ThrowIfCancellationRequested();
                if (isFolder ? !name.StartsWith('.') : isWanted(name))
                {
                    Sort(path, name, files, folders, links, problems);
                }
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            problems.Add(new Problem(path, ProblemKind.Unreadable, $"the folder cannot be listed: {exception.Message}"));
        }

        files.Sort(StringComparer.Ordinal);
        folders.Sort(StringComparer.Ordinal);
        links.Sort(StringComparer.Ordinal);
        problems.Sort((a, b) => string.CompareOrdinal(a.Path, b.Path));
        for (int last = folders.Count - 1; last >= 0; last--)
        {
            _open.Push(folders[last]);
        }

        links.ForEach(_links.Enqueue);

        return new WalkedFolder(path, files, problems);
    }

    private void Sort(
        string folder, string name, List<string> files, List<string> folders, List<string> links, List<Problem> problems)
    {
        string path = Path.Combine(folder, name);
        FileStatus self = FileStatus.Of(path, followsLinks: false);
        FileStatus status = self.Kind == FileKind.Link ? FileStatus.Of(path) : self;
        switch (status.Kind)
        {
            case FileKind.Folder when self.Kind == FileKind.Folder:
                folders.Add(path);
                break;
            case FileKind.Folder when followsLinks:
                links.Add(path);
                break;
            case FileKind.File:
                files.Add(name);
                break;
            case FileKind.Special:
                problems.Add(new Problem(path, ProblemKind.NotVideo, "it is a pipe, a socket or a device, and no file"));
                break;
            case FileKind.Loop:
                problems.Add(new Problem(path, ProblemKind.Unreadable, "it is a link that leads to itself"));
                break;
            case FileKind.Unreadable:
                problems.Add(new Problem(path, ProblemKind.Unreadable, "the system refuses to say what it is"));
                break;
            case FileKind.Missing when self.Kind == FileKind.Link:
                problems.Add(new Problem(path, ProblemKind.Missing, "it is a link to a file that is not there"));
                break;
            case FileKind.Missing when FileNames.FaultOf(name) is { } fault:
                problems.Add(new Problem(path, ProblemKind.Unreadable, fault));
                break;
        }
    }
}
