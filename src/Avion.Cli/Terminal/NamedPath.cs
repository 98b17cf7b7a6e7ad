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
}
