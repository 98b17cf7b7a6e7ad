namespace Avion.Cli;

/// <summary>Files and folders that a command line names.</summary>
internal static class NamedPath
{
    /// <summary>Makes sure that there is something of a name before anything is started.</summary>
    /// <param name="path">The name.</param>
    /// <param name="expected">What it should name, such as <c>a video or a folder of videos</c>.</param>
    /// <returns>The name.</returns>
    /// <exception cref="UsageException">There is nothing, or something that is neither file nor folder, which might be waited for.</exception>
    public static string Require(string path, string expected)
    {
        if (FileStatus.Of(path).Kind == FileKind.Special)
        {
            throw new UsageException($"Cannot read '{path}': it is a pipe, a socket or a device, expected {expected}.");
        }

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
    /// <exception cref="UsageException">It is a pipe or a device, its folder is not there, or nothing can be written into that.</exception>
    public static void RequireRoom(string path, string what)
    {
        RequireNoPipe(path);
        string folder = Require(Path.GetDirectoryName(Path.GetFullPath(path))!, $"the folder of {what}");
        RequireWritable(folder, $"'{path}'");
    }

    /// <summary>Makes sure that a folder can be made and takes files, before anything is computed for it.</summary>
    /// <param name="folder">The folder, which need not exist.</param>
    /// <param name="option">What names it, such as <c>--output</c>.</param>
    /// <exception cref="UsageException">It is a file, or nothing can be written into it.</exception>
    public static void RequireFolder(string folder, string option)
    {
        RequireNoPipe(folder);
        if (FileStatus.Of(folder).Kind == FileKind.File)
        {
            throw new UsageException($"{option} '{folder}' is a file; name a folder.");
        }

        RequireWritable(folder, $"{option} '{folder}'");
    }

    /// <summary>Makes sure that a place to write is not one whose opening waits for somebody, or that keeps nothing.</summary>
    /// <exception cref="UsageException">It is.</exception>
    public static void RequireNoPipe(string path)
    {
        if (FileStatus.Of(path).Kind == FileKind.Special)
        {
            throw new UsageException($"'{path}' cannot be written: it is a pipe, a socket or a device. Give another name.");
        }
    }

    private static void RequireWritable(string folder, string named)
    {
        if (FolderAccess.WhyUnwritable(folder) is { } error)
        {
            throw new UsageException($"{named} cannot be written: {error.Message.TrimEnd('.')}. Name another place.", error);
        }
    }
}
