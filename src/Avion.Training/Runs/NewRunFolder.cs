namespace Avion.Training;

/// <summary>Whether a new run may be written to a folder: nothing there may be lost, and it must take files.</summary>
internal static class NewRunFolder
{
    /// <summary>Makes sure that a run would write over no file that no run made.</summary>
    /// <param name="path">The folder, which need not exist.</param>
    /// <param name="taskFiles">Files that the task keeps in the folder.</param>
    /// <exception cref="RunException">The folder is no run, and holds a file of a name that a run writes.</exception>
    public static void RequireOwn(string path, IReadOnlyList<string> taskFiles)
    {
        if (Directory.Exists(path) && !IsRun(path) && ForeignFile(path, taskFiles) is { } name)
        {
            throw new RunException($"The folder '{path}' is no run of Avion and holds '{name}', which a run would write over: "
                + "name another folder with --set output.folder=…, or move it away.");
        }
    }

    /// <summary>Makes sure that the folder can be made and takes files; what is made to find out is removed again.</summary>
    /// <exception cref="RunException">It cannot.</exception>
    public static void RequireWritable(string path)
    {
        if (FolderAccess.WhyUnwritable(path) is { } error)
        {
            throw Unwritable(path, error);
        }
    }

    /// <summary>What a folder is refused with that cannot be written.</summary>
    public static RunException Unwritable(string path, Exception error) =>
        new($"Cannot write the run folder '{path}': {(FolderAccess.WhyUnwritable(path) ?? error).Message.TrimEnd('.')}. "
            + "Choose another with --set output.folder=…", error);

    /// <summary>A run's folder has its recipe and was locked; a copy may lack the lock, but not checkpoints and recipe.</summary>
    private static bool IsRun(string path)
    {
        string checkpoints = Path.Combine(path, "checkpoints");
        return File.Exists(Path.Combine(path, CheckpointStore.RecipeFile))
            && (File.Exists(Path.Combine(path, RunFolder.LockFile))
                || (Directory.Exists(checkpoints) && Directory.EnumerateDirectories(checkpoints, "step-*").Any()));
    }

    private static string? ForeignFile(string path, IReadOnlyList<string> taskFiles)
    {
        string checkpoints = Path.Combine(path, "checkpoints");
        return ((IEnumerable<string>)[CheckpointStore.RecipeFile, .. RunFolder.StartFiles, .. taskFiles])
            .FirstOrDefault(name => Path.Exists(Path.Combine(path, name)))
            ?? Path.GetFileName(Directory.EnumerateFiles(path, RunFolder.EventFiles).FirstOrDefault())
            ?? (Directory.Exists(checkpoints) && Directory.EnumerateFileSystemEntries(checkpoints).Any() ? "checkpoints" : null);
    }
}
