namespace Avion.Training;

/// <summary>The checkpoint that a user's path stands for.</summary>
/// <param name="Folder">Its folder.</param>
/// <param name="Text">Which one it is, such as <c>step-000300, the best of 'runs/demo'</c>.</param>
public sealed record CheckpointChoice(string Folder, string Text)
{
    /// <summary>A checkpoint's own folder; of a run or a folder of checkpoints the best one, and where none was evaluated the newest; or
    /// what a pointer in it names.</summary>
    /// <exception cref="RunException">There is none, or the best one is gone: another is never taken in its place silently.</exception>
    public static CheckpointChoice Of(string path) => TryOf(path)
        ?? throw new RunException(Directory.Exists(path)
            ? $"'{path}' is neither a checkpoint nor a run with checkpoints: expected a folder with {CheckpointStore.StateFile} or "
                + "checkpoints/."
            : $"There is no folder '{path}', expected a run or a checkpoint.");

    /// <summary>As <see cref="Of"/>; null where there is none.</summary>
    /// <exception cref="RunException">The best one is gone.</exception>
    public static CheckpointChoice? TryOf(string path)
    {
        string whole = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)), name = Path.GetFileName(whole);
        if (File.Exists(Path.Combine(path, CheckpointStore.StateFile)))
        {
            return new CheckpointChoice(path, name);
        }

        if (name is CheckpointStore.LatestFile or CheckpointStore.BestFile && File.Exists(path))
        {
            return Pointed(path, Path.GetDirectoryName(whole)!, path, $"which '{path}' names");
        }

        foreach (string folder in new[] { Path.Combine(path, "checkpoints"), path })
        {
            string pointer = Path.Combine(folder, CheckpointStore.BestFile);
            if (FileStatus.Of(pointer).Kind != FileKind.Missing)
            {
                return Pointed(pointer, folder, path, $"the best of '{path}'");
            }

            if (CheckpointStore.NamesIn(folder) is [string newest, ..])
            {
                return new CheckpointChoice(
                    Path.Combine(folder, newest), $"{newest}, the newest of '{path}', of which none is the best yet");
            }
        }

        return null;
    }

    /// <summary>Reads it through.</summary>
    /// <exception cref="RunException">It is damaged: the message names the newest good one of its run.</exception>
    public LoadedCheckpoint Load()
    {
        try
        {
            return CheckpointStore.Load(Folder);
        }
        catch (RunException error)
        {
            throw new RunException($"{error.Message} {(NewestGood() is { } good ? $"The newest good one is '{good}'; give that."
                : "There is no good one beside it: restore it from a copy.")}", error);
        }
    }

    private string? NewestGood()
    {
        string damaged = Path.TrimEndingDirectorySeparator(Path.GetFullPath(Folder)), run = Path.GetDirectoryName(damaged)!;
        return CheckpointStore.NamesIn(run).Select(name => Path.Combine(run, name))
            .FirstOrDefault(folder => folder != damaged && CheckpointStore.IsWhole(folder));
    }

    private static CheckpointChoice Pointed(string pointer, string folder, string path, string which)
    {
        string? named = CheckpointStore.ReadPointer(pointer);
        string what = named is null ? "no checkpoint" : $"{named}, which is not there";
        return named is not null && Directory.Exists(Path.Combine(folder, named))
            ? new CheckpointChoice(Path.Combine(folder, named), $"{named}, {which}")
            : throw new RunException($"'{pointer}' names {what}: what '{path}' stands for is lost. "
                + (CheckpointStore.NamesIn(folder) is [string newest, ..]
                    ? $"Name another checkpoint, such as '{Path.Combine(folder, newest)}'."
                    : "There is no other checkpoint."));
    }
}
