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
            throw new RunException($"The folder '{path}' is no run of Avion and holds '{name}', which a run would write over: name another folder "
                + "with --set output.folder=…, or move it away.");
        }
    }

    /// <summary>Makes sure that the folder can be made and takes files; what is made to find out is removed again.</summary>
    /// <exception cref="RunException">It cannot.</exception>
    public static void RequireWritable(string path)
    {
        List<string> made = [];
        for (string? part = path; part is not null && !Path.Exists(part); part = Path.GetDirectoryName(part))
        {
            made.Add(part);
        }

        try
        {
            if (made.Count > 0)
            {
                Make(path);
                return;
            }

            string probe = Path.Combine(path, $".avion-{Path.GetRandomFileName()}");
            new FileStream(probe, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose).Dispose();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(path, error);
        }
        finally
        {
            made.ForEach(RemoveEmpty);
        }
    }

    /// <summary>What a folder is refused with that cannot be written.</summary>
    public static RunException Unwritable(string path, Exception error) =>
        new($"Cannot write the run folder '{path}': {error.Message} Choose another with --set output.folder=…", error);

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

    /// <summary>Another process that looks at the same time may remove a parent again.</summary>
    private static void Make(string path)
    {
        const int Attempts = 3;
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                Directory.CreateDirectory(path);
                return;
            }
            catch (DirectoryNotFoundException) when (attempt < Attempts)
            {
            }
        }
    }

    private static void RemoveEmpty(string folder)
    {
        try
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Somebody else put a file there in the meantime: the folder is theirs.
        }
    }
}
