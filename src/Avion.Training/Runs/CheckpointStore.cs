namespace Avion.Training;

/// <summary>The checkpoints of one run: <c>step-NNNNNN</c> folders that are whole or do not exist, and the pointers to them.</summary>
/// <remarks>
/// A checkpoint is written under a temporary name, each file synced, its state last; then the folder is synced and renamed. Whatever moment
/// the process dies at, the folders named <c>step-NNNNNN</c> are complete. A disk that lies is met by digests: a folder whose files do not
/// have the digests of its state is not used, and the one before it is. <c>latest</c> and <c>best</c> are one-line files for people and
/// tools; resuming looks at the folders themselves.
/// </remarks>
public sealed class CheckpointStore
{
    /// <summary>Name of the weights' file in a checkpoint.</summary>
    public const string ModelFile = "model.safetensors";

    /// <summary>Name of the optimizer states' file in a checkpoint.</summary>
    public const string OptimizerFile = "optimizer.safetensors";

    /// <summary>Name of the file that is written last and lists the others.</summary>
    public const string StateFile = "state.json";

    /// <summary>Name of the complete recipe in a checkpoint, from which an evaluation takes its settings.</summary>
    public const string RecipeFile = "recipe.yaml";

    private const string Prefix = "step-";
    private const string Unfinished = ".partial";

    private readonly string _folder;
    private readonly int _keep;

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
            foreach (string leftover in Directory.GetDirectories(folder, "*" + Unfinished))
            {
                Directory.Delete(leftover, recursive: true);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new RunException($"Cannot write checkpoints to '{folder}': "
                + $"{error.Message} Choose another folder with --set output.folder=…", error);
        }
    }

    /// <summary>Steps that have a folder, newest first; whether each is undamaged is found by <see cref="Load"/>.</summary>
    public IReadOnlyList<long> Steps => StepsIn(_folder);

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
            DurableFiles.WriteText(Path.Combine(unfinished, StateFile), complete.ToJson());
            Publish(unfinished, FolderOf(state.Step));
            DurableFiles.WriteText(Path.Combine(_folder, "latest"), NameOf(state.Step) + "\n");
            if (isBest)
            {
                DurableFiles.WriteText(Path.Combine(_folder, "best"), NameOf(state.Step) + "\n");
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            TryDelete(unfinished);
            long? newest = Steps.Select(step => (long?)step).FirstOrDefault();
            throw new RunException(
                $"Cannot save checkpoint {NameOf(state.Step)} in '{_folder}': {error.Message} "
                + (newest is { } step ? $"Earlier checkpoints are intact; the newest is {NameOf(step)}. " : "There is no earlier one. ")
                + "Make room or fix the folder, then resume.",
                error);
        }

        Prune();
        return complete;
    }

    /// <summary>The newest undamaged checkpoint, or null when there is none.</summary>
    /// <param name="damaged">Called for each newer checkpoint that cannot be used, with the reason.</param>
    public LoadedCheckpoint? LoadNewest(Action<string> damaged)
    {
        foreach (long step in Steps)
        {
            try
            {
                return Load(FolderOf(step));
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
    public static LoadedCheckpoint Load(string folder)
    {
        try
        {
            CheckpointState state = CheckpointState.Parse(File.ReadAllBytes(Path.Combine(folder, StateFile)));
            if (state.Format != 1)
            {
                throw new RunException($"Checkpoint '{folder}' has format {state.Format}, expected 1: it needs a newer version of Avion.");
            }

            foreach ((string name, FileDigest expected) in state.Files)
            {
                FileDigest found = FileDigest.Of(Path.Combine(folder, name));
                if (found != expected)
                {
                    throw new RunException($"Checkpoint '{folder}' is damaged: '{name}' has {found.Bytes} bytes and digest "
                        + $"{found.Sha256[..8]}, expected {expected.Bytes} bytes and {expected.Sha256[..8]}.");
                }
            }

            return new LoadedCheckpoint(folder, state);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new RunException($"Checkpoint '{folder}' is damaged: {error.Message}", error);
        }
    }

    /// <summary>Finds the checkpoint that a user names: its own folder, a run folder (its best,
    /// else newest), or a checkpoints folder.</summary>
    /// <exception cref="RunException">There is none.</exception>
    public static string Find(string path)
    {
        if (File.Exists(Path.Combine(path, StateFile)))
        {
            return path;
        }

        foreach (string folder in new[] { Path.Combine(path, "checkpoints"), path })
        {
            if (ReadPointer(Path.Combine(folder, "best")) is { } best && Directory.Exists(Path.Combine(folder, best)))
            {
                return Path.Combine(folder, best);
            }

            if (StepsIn(folder) is [long newest, ..])
            {
                return Path.Combine(folder, NameOf(newest));
            }
        }

        throw new RunException($"'{path}' is neither a checkpoint nor a run with checkpoints: "
            + $"expected a folder with {StateFile} or checkpoints/.");
    }

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
            string replaced = final + ".replaced" + Unfinished;
            DurableFiles.RenameFolder(final, replaced);
            DurableFiles.RenameFolder(unfinished, final);
            Directory.Delete(replaced, recursive: true);
            return;
        }

        DurableFiles.RenameFolder(unfinished, final);
    }

    private void Prune()
    {
        string? best = ReadPointer(Path.Combine(_folder, "best"));
        foreach (long step in Steps.Skip(_keep).Where(step => NameOf(step) != best))
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

    private static string? ReadPointer(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim() is { Length: > 0 } name && Path.GetFileName(name) == name ? name : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string NameOf(long step) => Prefix + step.ToString("D6", CultureInfo.InvariantCulture);
}

/// <summary>A checkpoint whose files have been found undamaged.</summary>
public sealed record LoadedCheckpoint(string Folder, CheckpointState State)
{
    /// <summary>The weights.</summary>
    public string ModelPath => Path.Combine(Folder, CheckpointStore.ModelFile);

    /// <summary>The recipe.</summary>
    public string RecipePath => Path.Combine(Folder, CheckpointStore.RecipeFile);

    /// <summary>The optimizer's states.</summary>
    public string OptimizerPath => Path.Combine(Folder, CheckpointStore.OptimizerFile);
}
