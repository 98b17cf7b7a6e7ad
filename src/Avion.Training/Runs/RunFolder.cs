namespace Avion.Training;

/// <summary>The folder of one run: <c>recipe.yaml</c>, <c>log.jsonl</c>, TensorBoard events and <c>checkpoints/</c>.</summary>
/// <remarks>While a process trains in it, <c>run.lock</c> is locked, so that two processes cannot write one run.</remarks>
public sealed class RunFolder : IDisposable
{
    /// <summary>Name of the file that is locked while a process trains.</summary>
    internal const string LockFile = "run.lock";

    /// <summary>Names of the TensorBoard events.</summary>
    internal const string EventFiles = "events.out.tfevents.*";

    /// <summary>Names of what every run writes at its start, beside recipe, events and the files of its task.</summary>
    internal static readonly string[] StartFiles = ["memory.json", "log.jsonl"];

    private readonly FileStream _lock;
    private readonly FileIdentity _identity;
    private CheckpointStore? _checkpoints;
    private Recipe? _saved;
    private FileIdentity _log;

    private RunFolder(string path, Recipe recipe, bool isResumed, FileStream @lock)
    {
        (Path, Recipe, IsResumed, _lock) = (path, recipe, isResumed, @lock);
        _identity = IdentityOf(LockIn(path));
    }

    public string Path { get; }

    /// <summary>The recipe that is in force, complete.</summary>
    public Recipe Recipe { get; }

    /// <summary>Whether the folder held this run already.</summary>
    public bool IsResumed { get; }

    public string RecipePath => RecipeIn(Path);

    /// <summary>The memory that was planned for the run.</summary>
    public string MemoryPath => System.IO.Path.Combine(Path, "memory.json");

    public string LogPath => System.IO.Path.Combine(Path, "log.jsonl");

    /// <summary>The run's checkpoints.</summary>
    public CheckpointStore Checkpoints =>
        _checkpoints ??= new CheckpointStore(System.IO.Path.Combine(Path, "checkpoints"), Recipe.Checkpoint.Keep);

    /// <summary>Whether the log tells of a checkpoint.</summary>
    internal bool HasSaved => File.Exists(LogPath) && RunLogReader.Read(LogPath).Entries.Any(entry => entry.Kind == RunLogKind.Checkpoint);

    /// <summary>Keys that make a resumed run longer and have another value than before, one clause each.</summary>
    internal IReadOnlyList<string> Extensions => Clauses(key => key.ExtendsRun);

    /// <summary>Keys by which a resumed run reads its data elsewhere than before, one clause each.</summary>
    internal IReadOnlyList<string> Relocations => Clauses(key => key.LocatesData);

    /// <summary>Writes down what makes the run longer and where its data lies now, so that it stays so.</summary>
    internal void KeepChanges()
    {
        RecipeKey[] changed = [.. ChangedKeys(key => key.ExtendsRun || key.LocatesData)];
        if (changed.Length > 0)
        {
            _saved = RecipeReader.Override(_saved!, changed.Select(key => $"{key.Path}={key.ValueIn(Recipe)}"));
            DurableFiles.WriteText(RecipePath, RecipeWriter.ToYaml(_saved));
        }
    }

    /// <summary>Remembers the log that was opened, so that <see cref="RequireInPlace"/> notices when it goes.</summary>
    internal void WatchLog() => _log = IdentityOf(LogPath);

    /// <summary>Makes sure that the folder is the one that this run opened: an open file that was deleted takes writes without a word, and
    /// a folder that was deleted is made again by the next save, without all that was in it.</summary>
    /// <exception cref="RunException">It was deleted, moved or replaced.</exception>
    internal void RequireInPlace()
    {
        if (IdentityOf(LockIn(Path)) != _identity || !File.Exists(RecipePath))
        {
            throw new RunException($"The run folder '{Path}' was deleted, moved or replaced while the run trained in it, so the run stops. "
                + "Where it was moved, continue with: avion train --resume THERE");
        }
    }

    /// <summary>Makes sure that the log is the file that this run writes to.</summary>
    /// <exception cref="RunException">It was deleted or replaced.</exception>
    internal void RequireLogInPlace()
    {
        if (IdentityOf(LogPath) != _log)
        {
            throw new RunException($"'{LogPath}' was deleted or replaced while the run wrote to it, so the run stops. "
                + $"Its checkpoints are whole. Restore the log, or go on with a new one: avion train --resume {Path}");
        }
    }

    /// <summary>Makes the folder of a new run and writes its recipe.</summary>
    /// <remarks>What a start left behind that failed before its first step, because of a wrong path for instance, is replaced.</remarks>
    /// <exception cref="RunException">The folder holds a run already, or files that no run made, or cannot be written to.</exception>
    public static RunFolder Create(Recipe recipe)
    {
        string path = FolderOf(recipe);
        return Guard(path, () =>
        {
            // Before the lock, which makes a folder one of Avion's.
            IReadOnlyList<string> taskFiles = TrainingTasks.Of(recipe).RunFiles;
            NewRunFolder.RequireOwn(path, taskFiles);
            Directory.CreateDirectory(path);
            FileStream file = Lock(path);
            try
            {
                RequireFree(recipe);
                RemoveFailedStart(path, taskFiles);
                DurableFiles.WriteText(RecipeIn(path), RecipeWriter.ToYaml(recipe));
                return new RunFolder(path, recipe, isResumed: false, file);
            }
            catch
            {
                file.Dispose();
                throw;
            }
        });
    }

    /// <summary>Makes sure that a new run could begin in its folder, of which nothing is changed.</summary>
    /// <exception cref="RunException">The folder holds a run already, or files that no run made, or cannot be written to.</exception>
    internal static void RequireUsable(Recipe recipe)
    {
        string path = RequireFree(recipe);
        NewRunFolder.RequireOwn(path, TrainingTasks.Of(recipe).RunFiles);
        NewRunFolder.RequireWritable(path);
    }

    /// <summary>Makes sure that a new run would not write into another.</summary>
    /// <returns>The folder of the new run.</returns>
    /// <exception cref="RunException">The folder holds a run already.</exception>
    private static string RequireFree(Recipe recipe)
    {
        string path = FolderOf(recipe);
        return !HasBegun(path) ? path : throw new RunException($"'{path}' holds a run already. "
            + $"Continue it with: avion train --resume {path}; or start another with --set output.folder=…");
    }

    /// <summary>Opens the folder of a run to continue it.</summary>
    /// <param name="path">The run folder, its <c>checkpoints</c> or its newest checkpoint.</param>
    /// <param name="expected">A recipe that the run must have, or null to take the run's own.</param>
    /// <param name="overrides">Changes; keys that losses depend on are refused.</param>
    /// <exception cref="RunException">There is no run, or its recipe differs: the message lists the keys.</exception>
    public static RunFolder Resume(string path, Recipe? expected = null, IEnumerable<string>? overrides = null)
    {
        path = ResumedRun.Find(System.IO.Path.GetFullPath(path));
        if (!Directory.Exists(path))
        {
            throw new RunException($"There is no folder '{path}' to resume: it was deleted or moved, or never was. Start a run with: "
                + "avion train RECIPE.yaml");
        }

        if (!File.Exists(RecipeIn(path)))
        {
            throw new RunException($"'{path}' holds no run to resume: it has no recipe.yaml. Start one with: avion train RECIPE.yaml");
        }

        return Guard(path, () =>
        {
            FileStream file = Lock(path);
            try
            {
                Recipe saved = RecipeReader.ReadFile(RecipeIn(path));
                Recipe recipe = RecipeReader.Override(expected ?? saved, overrides ?? []);
                IReadOnlyList<string> differences = RecipeWriter.Differences(saved, recipe);
                if (differences.Count > 0)
                {
                    throw new RunException($"'{path}' cannot be resumed with another recipe; these keys differ, on which the losses of "
                        + "every step depend:" + string.Concat(differences.Select(difference => "\n  " + difference))
                        + "\nA resumed run may change " + string.Join(", ", ChangeableKeys(saved))
                        + $".\nFor anything else start a new run with --set output.folder=…, from these weights with --set "
                        + $"model.initialize_from={path}.");
                }

                return new RunFolder(path, recipe, isResumed: true, file) { _saved = saved };
            }
            catch
            {
                file.Dispose();
                throw;
            }
        });
    }

    public void Dispose() => _lock.Dispose();

    /// <summary>Whether a run did anything here that is worth keeping: a checkpoint, or steps in its log that changed something.</summary>
    private static bool HasBegun(string path)
    {
        string checkpoints = System.IO.Path.Combine(path, "checkpoints"), log = System.IO.Path.Combine(path, "log.jsonl");
        return File.Exists(RecipeIn(path))
            && ((Directory.Exists(checkpoints) && Directory.EnumerateDirectories(checkpoints, "step-*").Any())
                || (File.Exists(log) && RunLogReader.Read(log).Entries.Any(IsUpdate)));

        static bool IsUpdate(RunLogEntry entry) =>
            entry.Kind == RunLogKind.Step && double.IsFinite(entry.Values.GetValueOrDefault("loss"));
    }

    private static void RemoveFailedStart(string path, IReadOnlyList<string> taskFiles)
    {
        if (!File.Exists(RecipeIn(path)))
        {
            return;
        }

        foreach (string name in (IEnumerable<string>)[.. taskFiles, .. StartFiles])
        {
            File.Delete(System.IO.Path.Combine(path, name));
        }

        foreach (string events in Directory.EnumerateFiles(path, EventFiles).ToArray())
        {
            File.Delete(events);
        }
    }

    private IReadOnlyList<string> Clauses(Func<RecipeKey, bool> which) =>
        [.. ChangedKeys(which).Select(key => $"{key.Path} is {key.ValueIn(Recipe)}, was {key.ValueIn(_saved!)}")];

    private IEnumerable<RecipeKey> ChangedKeys(Func<RecipeKey, bool> which) => _saved is null ? []
        : RecipeSchema.Of(Recipe).KeysOf(Recipe).Where(key => which(key) && key.ValueIn(Recipe) != key.ValueIn(_saved));

    private static IEnumerable<string> ChangeableKeys(Recipe recipe) =>
        RecipeSchema.Of(recipe).All.Where(key => key.MayChangeOnResume).Select(key => key.Path);

    /// <summary>Where a new run of a recipe is kept.</summary>
    private static string FolderOf(Recipe recipe) => System.IO.Path.GetFullPath(recipe.Output.Folder.Length > 0
        ? recipe.Output.Folder
        : System.IO.Path.Combine("runs", recipe.Name.Length > 0 ? recipe.Name : "unnamed"));

    private static string RecipeIn(string path) => System.IO.Path.Combine(path, "recipe.yaml");

    private static string LockIn(string path) => System.IO.Path.Combine(path, LockFile);

    private static FileIdentity IdentityOf(string path) => FileStatus.Of(path, followsLinks: false).Identity;

    private static FileStream Lock(string path)
    {
        string file = LockIn(path);
        RegularFile.RequireUnlessMissing(file);
        RegularFile.RequireUnlessMissing(System.IO.Path.Combine(path, "log.jsonl"));
        try
        {
            return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException error) when (File.Exists(file))
        {
            throw new RunException($"Another process is training in '{path}'. Wait for it, stop it, or use another folder.", error);
        }
    }

    private static RunFolder Guard(string path, Func<RunFolder> open)
    {
        try
        {
            return open();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw NewRunFolder.Unwritable(path, error);
        }
    }
}
