namespace Avion.Cli;

/// <summary>`--force`: files that are written may replace others.</summary>
internal static class ForceOption
{
    public static Option<bool> Create() => new("--force") { Description = "Replace files that exist." };

    /// <summary>Makes sure that no file is replaced that the user did not give up.</summary>
    /// <exception cref="UsageException">There is one.</exception>
    public static void RequireNew(string path, bool isForced)
    {
        if (Directory.Exists(path))
        {
            throw new UsageException($"'{path}' is a folder; give the name of a file.");
        }

        NamedPath.RequireNoPipe(path);
        if (!isForced && Path.Exists(path))
        {
            throw new UsageException($"'{path}' exists already; give another name, or replace it with --force.");
        }
    }

    /// <summary>Makes sure that a folder which a command fills takes files and holds nothing of anybody else's; files that are hidden do not
    /// count.</summary>
    /// <param name="option">The option that names it.</param>
    /// <param name="folder">The folder, which need not exist.</param>
    /// <param name="own">Names of files that the command writes.</param>
    /// <param name="isForced">Whether they may lie beside others.</param>
    /// <exception cref="UsageException">It is a file, cannot be written, or holds something else.</exception>
    public static void RequireOwnFolder(string option, string folder, IEnumerable<string> own, bool isForced)
    {
        NamedPath.RequireFolder(folder, option);
        if (isForced || !Directory.Exists(folder))
        {
            return;
        }

        string[] names = [.. own];
        if (Directory.EnumerateFileSystemEntries(folder).Select(path => Path.GetFileName(path)!)
            .FirstOrDefault(name => name[0] != '.' && !names.Any(mine => IsOf(mine, name))) is { } other)
        {
            throw new UsageException($"{option} '{folder}' holds '{other}', which the command did not make: name a folder of its own, new or empty, or "
                + "write beside it with --force.");
        }
    }

    // A file that is being written has the name of the whole one before its own ending.
    private static bool IsOf(string own, string name) => name == own
        || (name.StartsWith($"{own}.", StringComparison.Ordinal) && name.EndsWith(".partial", StringComparison.Ordinal));
}
