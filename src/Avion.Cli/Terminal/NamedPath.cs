namespace Avion.Cli;

/// <summary>Files and folders that a command line names.</summary>
internal static class NamedPath
{
    /// <summary>Makes sure that there is something of a name before anything is started.</summary>
    /// <param name="path">The name.</param>
    /// <param name="expected">What it should name, such as <c>a video or a folder of videos</c>.</param>
    /// <returns>The name.</returns>
    /// <exception cref="UsageException">There is nothing.</exception>
    public static string Require(string path, string expected)
    {
        if (Path.Exists(path))
        {
            return path;
        }

        if (FileNames.FaultOf(path) is { } fault)
        {
            throw new UsageException($"Cannot find '{path}': {fault}.");
        }

        // Where the way there breaks off is what a mistyped path needs.
        string? there = Path.GetDirectoryName(Path.GetFullPath(path));
        while (there is not null && !Directory.Exists(there))
        {
            there = Path.GetDirectoryName(there);
        }

        throw new UsageException($"There is no file or folder '{path}', expected {expected}. Check the path"
            + (there is null || there == Path.GetDirectoryName(Path.GetFullPath(path)) ? "." : $": it exists as far as '{there}'."));
    }

    /// <summary>Makes sure that a file can be made where a name puts it, before anything is computed for it.</summary>
    /// <param name="path">The file's name; whether there is one already is not looked at.</param>
    /// <param name="what">What it will be, such as <c>the report</c>.</param>
    /// <exception cref="UsageException">Its folder is not there, or nothing can be written into it.</exception>
    public static void RequireRoom(string path, string what)
    {
        string folder = Require(Path.GetDirectoryName(Path.GetFullPath(path))!, $"the folder of {what}");
        if (FolderAccess.WhyUnwritable(folder) is { } error)
        {
            throw new UsageException($"'{path}' cannot be written: {(File.Exists(folder) ? $"'{folder}' is a file, no folder." : error.Message)} "
                + "Name another place.", error);
        }
    }
}
