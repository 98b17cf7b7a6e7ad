namespace Avion.Video;

/// <summary>
/// A folder in which names are resolved that a file says: a list of shards, a manifest, an index, a tar member. Whoever wrote that file
/// may have come from elsewhere, so that a name which leads out of the folder, by <c>..</c>, from the root, or through a link, is refused.
/// </summary>
/// <param name="root">The folder.</param>
public sealed class FolderScope(string root)
{
    /// <summary>The folder, as a full path without a separator at its end.</summary>
    public string Root { get; } = Path.TrimEndingDirectorySeparator(Path.GetFullPath(root));

    /// <summary>The full path of a name with forward slashes.</summary>
    /// <param name="name">Name below the folder.</param>
    /// <param name="saidBy">Where the name was read, for the message.</param>
    /// <exception cref="InvalidDataException">The name leads out of the folder.</exception>
    public string Resolve(string? name, string saidBy)
    {
        if (!IsInside(name))
        {
            throw new InvalidDataException(
                $"{saidBy} names '{name}', which leads out of '{Root}'. Nothing was touched; remove that name, or the file that has it.");
        }

        string path = Root;
        foreach (string part in name!.Split('/'))
        {
            path = Path.Combine(path, part);
            if (FileStatus.Of(path, followsLinks: false).Kind == FileKind.Link)
            {
                throw new InvalidDataException(
                    $"{saidBy} names '{name}', but '{path}' is a link, which may lead out of '{Root}'. Nothing was touched; "
                    + "put a real file or folder there.");
            }
        }

        return path;
    }

    /// <summary>Whether a name is one or more plain parts with forward slashes between them.</summary>
    public static bool IsInside(string? name)
    {
        if (string.IsNullOrEmpty(name) || name.Contains('\0', StringComparison.Ordinal) || Path.IsPathRooted(name))
        {
            return false;
        }

        foreach (string part in name.Split(OperatingSystem.IsWindows() ? ['/', '\\'] : ['/']))
        {
            if (part is "" or "." or ".." || (OperatingSystem.IsWindows() && part.Contains(':', StringComparison.Ordinal)))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether a name is one plain part, so that it lies directly in its folder.</summary>
    public static bool IsFileName(string? name) => IsInside(name) && !name!.Contains('/', StringComparison.Ordinal);
}
