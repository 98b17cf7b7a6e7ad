namespace Avion.Training;

/// <summary>The run that a user's path to resume stands for.</summary>
public static class ResumedRun
{
    private const string Checkpoints = "checkpoints";

    /// <summary>The path itself; of a run's <c>checkpoints</c>, of <c>checkpoints/latest</c> and
    /// of its newest checkpoint the run.</summary>
    /// <param name="path">A path.</param>
    /// <exception cref="RunException">It is another checkpoint: a run goes on from its newest.</exception>
    public static string Find(string path)
    {
        string whole = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)), name = Path.GetFileName(whole);
        if (name == Checkpoints && RunOf(whole) is { } run)
        {
            return run;
        }

        bool isPointer = name is CheckpointStore.LatestFile or CheckpointStore.BestFile && File.Exists(whole);
        if (!isPointer && !File.Exists(Path.Combine(whole, CheckpointStore.StateFile)))
        {
            return path;
        }

        string folder = Path.GetDirectoryName(whole)!;
        string? checkpoint = isPointer ? CheckpointStore.ReadPointer(whole) : name;
        run = RunOf(folder);
        return run is not null && (name == CheckpointStore.LatestFile || checkpoint == CheckpointStore.NamesIn(folder).FirstOrDefault())
            ? run
            : throw NotNewest(run, checkpoint is null ? whole : Path.Combine(folder, checkpoint), folder);
    }

    private static string? RunOf(string checkpoints) => Path.GetFileName(checkpoints) == Checkpoints
        && Path.GetDirectoryName(checkpoints) is { } run && File.Exists(Path.Combine(run, CheckpointStore.RecipeFile)) ? run : null;

    private static RunException NotNewest(string? run, string checkpoint, string folder)
    {
        string why = run is null ? "lies in no run, whose log and folder a continued run needs"
            : $"is not the newest checkpoint of its run, which is {CheckpointStore.NamesIn(folder).FirstOrDefault()} and from which the "
                + "run goes on";
        string goOn = run is null ? "" : $"Continue the run: avion train --resume {run}. ";
        return new RunException($"'{checkpoint}' {why}. {goOn}Begin a new run with these weights: avion train "
            + $"{Path.Combine(checkpoint, CheckpointStore.RecipeFile)} --set model.initialize_from={checkpoint} --set output.folder=…");
    }
}
