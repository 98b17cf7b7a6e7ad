namespace Avion.Training;

/// <summary>The checkpoints of one run: <c>step-NNNNNN</c> folders that are whole or do not exist, and the pointers to them.</summary>
/// <remarks>
/// A checkpoint is written under a temporary name, each file synced, its state and the digests of all files last; then the folder is
/// synced and renamed. Whatever moment the process dies at, the folders named <c>step-NNNNNN</c> are complete. A disk that lies is met by
/// digests: a folder whose files do not have them is not used, and the one before it is. <c>latest</c> and <c>best</c> are one-line files
/// for people and tools; resuming looks at the folders themselves.
/// Only good checkpoints count towards those that stay. One is good that this process saved or has read through, and whose state and sizes
/// of files are right still; so each is read through once a process, when the first one beyond it is about to be deleted.
/// </remarks>
public sealed class CheckpointStore
{
    /// <summary>Name of the weights' file in a checkpoint.</summary>
    public const string ModelFile = "model.safetensors";

    /// <summary>Name of the optimizer states' file in a checkpoint.</summary>
    public const string OptimizerFile = "optimizer.safetensors";

    /// <summary>Name of the file that says where in the run the checkpoint was made.</summary>
    public const string StateFile = "state.json";

    /// <summary>Name of the file that is written last and has the digests of all others; <c>sha256sum -c</c> reads it.</summary>
    public const string SumsFile = "SHA256SUMS";

    /// <summary>Name of the complete recipe in a checkpoint, from which an evaluation takes its settings.</summary>
    public const string RecipeFile = "recipe.yaml";

    /// <summary>Name of the file that has the name of the newest checkpoint.</summary>
    internal const string LatestFile = "latest";

    /// <summary>Name of the file that has the name of the best checkpoint.</summary>
    internal const string BestFile = "best";

    private const string Prefix = "step-";
    private const string Unfinished = ".partial";
    private const string Replaced = ".replaced" + Unfinished;
    private const string SetAside = ".damaged";
    private const int LongestPointerBytes = 4096;

    private readonly string _folder;
    private readonly int _keep;
    private readonly HashSet<long> _readThrough = [];

    /// <summary>Opens a store, creating its folder, and removes what an interrupted save left behind.</summary>
    /// <param name="folder">The run's <c>checkpoints</c> folder.</param>
    /// <param name="keep">Newest checkpoints that stay, besides the best.</param>
    /// <exception cref="RunException">The folder cannot be written to.</exception>
    public CheckpointStore(string folder, int keep)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(keep);
        (_folder, _keep) = (folder, keep);
        try
        {
            Directory.CreateDirectory(folder);
            RemoveLeftovers(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new RunException($"Cannot write checkpoints to '{folder}': "
                + $"{error.Message} Choose another folder with --set output.folder=…", error);
        }
    }

    /// <summary>Steps that have a folder, newest first; whether each is undamaged is found by <see cref="Load"/>.</summary>
    public IReadOnlyList<long> Steps => StepsIn(_folder);

    /// <summary>The name of the newest one; null where there is none.</summary>
    public string? NewestName => Steps is [long newest, ..] ? NameOf(newest) : null;

    /// <summary>The folder of a step's checkpoint.</summary>
    public string FolderOf(long step) => Path.Combine(_folder, NameOf(step));

    /// <summary>Writes a checkpoint, moves the pointers and deletes checkpoints that need not stay.</summary>
    /// <param name="state">Its state; the digests of the files are added here.</param>
    /// <param name="isBest">Whether it becomes the best one.</param>
    /// <param name="writeFiles">Writes the other files, synced, into the folder that it is given.</param>
    /// <exception cref="RunException">It could not be written, for example because the disk is
    /// full. Earlier checkpoints are as before.</exception>
    /// <returns>The state as saved.</returns>
    public CheckpointState Save(CheckpointState state, bool isBest, Action<string> writeFiles)
    {
        string unfinished = FolderOf(state.Step) + Unfinished;
        CheckpointState complete;
        try
        {
            Directory.CreateDirectory(unfinished);
            writeFiles(unfinished);
            complete = state with
            {
                Files = Directory.GetFiles(unfinished).Order(StringComparer.Ordinal).ToDictionary(path => Path.GetFileName(path),
                    FileDigest.Of),
            };
            byte[] json = Encoding.UTF8.GetBytes(complete.ToJson());
            DurableFiles.Write(Path.Combine(unfinished, StateFile), json);
            DurableFiles.WriteText(Path.Combine(unfinished, SumsFile), complete.Sums(json));
            Publish(unfinished, FolderOf(state.Step));
            DurableFiles.WriteText(Path.Combine(_folder, LatestFile), NameOf(state.Step) + "\n");
            if (isBest)
            {
                DurableFiles.WriteText(Path.Combine(_folder, BestFile), NameOf(state.Step) + "\n");
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            TryDelete(unfinished);
            throw new RunException(
                $"Cannot save checkpoint {NameOf(state.Step)} in '{_folder}': {error.Message} "
                + (NewestName is { } newest ? $"Earlier checkpoints are intact; the newest is {newest}. " : "There is no earlier one. ")
                + "Make room or fix the folder, then resume.",
                error);
        }

        _readThrough.Add(state.Step);
        Prune();
        return complete;
    }

    /// <summary>Makes sure that a checkpoint that was saved is still there, by its state and the sizes of its files.</summary>
    /// <exception cref="RunException">It is gone or damaged.</exception>
    public void Verify(long step) => LoadedCheckpoint.ReadState(FolderOf(step));

    /// <summary>The newest undamaged checkpoint, or null when there is none.</summary>
    /// <param name="damaged">Called for each newer checkpoint that cannot be used, with the reason.</param>
    public LoadedCheckpoint? LoadNewest(Action<string> damaged)
    {
        foreach (long step in Steps)
        {
            try
            {
                LoadedCheckpoint checkpoint = Load(FolderOf(step));
                if (checkpoint.State.Step != step)
                {
                    throw new RunException($"Checkpoint '{checkpoint.Folder}' is damaged: its state is that of step "
                        + $"{checkpoint.State.Step}.");
                }

                _readThrough.Add(step);
                return checkpoint;
            }
            catch (RunException error)
            {
                damaged(error.Message);
            }
        }

        return null;
    }

    /// <summary>Reads and checks a checkpoint's state and the digests of its files.</summary>
    /// <exception cref="RunException">The folder is no checkpoint or is damaged.</exception>
    public static LoadedCheckpoint Load(string folder) => LoadedCheckpoint.Read(folder);

    /// <summary>The folder of <see cref="CheckpointChoice.Of"/>.</summary>
    /// <exception cref="RunException">There is none, or the best one is gone.</exception>
    public static string Find(string path) => CheckpointChoice.Of(path).Folder;

    /// <summary>As <see cref="Find"/>; null where there is none.</summary>
    /// <exception cref="RunException">The best one is gone.</exception>
    public static string? TryFind(string path) => CheckpointChoice.TryOf(path)?.Folder;

    /// <summary>The names of a folder's checkpoints, newest first.</summary>
    internal static IReadOnlyList<string> NamesIn(string folder) => [.. StepsIn(folder).Select(NameOf)];

    private static IReadOnlyList<long> StepsIn(string folder) => !Directory.Exists(folder) ? [] :
    [
        .. Directory.GetDirectories(folder, Prefix + "*")
            .Select(path => long.TryParse(
                Path.GetFileName(path).AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out long step) ? step : -1)
            .Where(step => step >= 0)
            .OrderDescending(),
    ];

    private static void Publish(string unfinished, string final)
    {
        DurableFiles.SyncFolder(unfinished);
        if (Directory.Exists(final))
        {
            // The same step again: a run that went back behind a damaged checkpoint has come to it once more.
            if (!IsWhole(final))
            {
                DurableFiles.RenameFolder(final, FreeNameAside(final));
                DurableFiles.RenameFolder(unfinished, final);
                return;
            }

            string replaced = final + Replaced;
            DurableFiles.RenameFolder(final, replaced);
            DurableFiles.RenameFolder(unfinished, final);
            Directory.Delete(replaced, recursive: true);
            return;
        }

        DurableFiles.RenameFolder(unfinished, final);
    }

    /// <summary>Whether a checkpoint that is read through is undamaged.</summary>
    internal static bool IsWhole(string folder)
    {
        try
        {
            Load(folder);
            return true;
        }
        catch (RunException)
        {
            return false;
        }
    }

    /// <summary>What is damaged may be mended by hand or hold weights that can still be read, so it makes way under another name.</summary>
    private static string FreeNameAside(string folder)
    {
        string aside = folder + SetAside;
        for (int number = 2; Path.Exists(aside); number++)
        {
            aside = $"{folder}{SetAside}-{number}";
        }

        return aside;
    }

    private static void RemoveLeftovers(string folder)
    {
        foreach (string leftover in Directory.GetDirectories(folder, "*" + Unfinished))
        {
            string name = leftover.EndsWith(Replaced, StringComparison.Ordinal) ? leftover[..^Replaced.Length] : "";
            if (name.Length > 0 && !Directory.Exists(name))
            {
                // The process died between taking the old one away and putting the new one in its place.
                DurableFiles.RenameFolder(leftover, name);
            }
            else
            {
                Directory.Delete(leftover, recursive: true);
            }
        }
    }

    private void Prune()
    {
        IReadOnlyList<long> steps = Steps;
        if (steps.Count <= _keep)
        {
            return;
        }

        string? best = ReadPointer(Path.Combine(_folder, BestFile));
        int good = 0;
        foreach (long step in steps)
        {
            if (good < _keep)
            {
                good += IsGood(step) ? 1 : 0;
            }
            else if (NameOf(step) != best)
            {
                Delete(step);
            }
        }
    }

    private bool IsGood(long step)
    {
        try
        {
            if (_readThrough.Contains(step))
            {
                LoadedCheckpoint.ReadState(FolderOf(step));
            }
            else
            {
                Load(FolderOf(step));
                _readThrough.Add(step);
            }

            return true;
        }
        catch (RunException)
        {
            return false;
        }
    }

    private void Delete(long step)
    {
        try
        {
            // Renamed first, so that a half-deleted checkpoint never bears a checkpoint's name.
            string dying = FolderOf(step) + Unfinished;
            Directory.Move(FolderOf(step), dying);
            Directory.Delete(dying, recursive: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // An old checkpoint too many is no reason to stop a run; the next save tries again.
        }
    }

    private static void TryDelete(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The failure that matters is already on its way; the next start removes the folder.
        }
    }

    internal static string? ReadPointer(string path)
    {
        try
        {
            string name = Encoding.UTF8.GetString(RegularFile.ReadAllBytes(path, LongestPointerBytes)).Trim();
            return name.Length > 0 && Path.GetFileName(name) == name ? name : null;
        }
        catch (Exception error) when (error is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string NameOf(long step) => Prefix + step.ToString("D6", CultureInfo.InvariantCulture);
}
