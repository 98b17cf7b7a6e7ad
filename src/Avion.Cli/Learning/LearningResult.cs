namespace Avion.Cli;

/// <summary>What a training of `avion bench learn` came to.</summary>
/// <param name="First">The evaluation before the first step; null where the recipe asks for none.</param>
/// <param name="Last">The evaluation after the last step.</param>
/// <param name="Steps">Steps done.</param>
/// <param name="Seconds">Time of the training, its evaluations included.</param>
internal sealed record LearningResult(EvaluationResult? First, EvaluationResult Last, long Steps, double Seconds)
{
    /// <summary>Runs a trial, in place of an earlier run of it.</summary>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static LearningResult Run(
        LearningTrial trial, LearningFolders folders, bool isQuick, ITrainingObserver observer, CancellationToken cancellation)
    {
        Recipe recipe = trial.Read(folders, isQuick);
        if (Directory.Exists(recipe.Output.Folder))
        {
            Directory.Delete(recipe.Output.Folder, recursive: true);
        }

        long started = System.Diagnostics.Stopwatch.GetTimestamp();
        TrainingOutcome outcome = TrainingRun.Start(recipe, new TrainingOptions { Observer = observer }, cancellation);
        cancellation.ThrowIfCancellationRequested();
        double seconds = System.Diagnostics.Stopwatch.GetElapsedTime(started).TotalSeconds;
        RunLogEntry? first = RunLogReader.Read(Path.Combine(outcome.Folder, "log.jsonl")).Entries
            .FirstOrDefault(entry => entry.Kind == RunLogKind.Evaluation && entry.Step == 0);
        return new LearningResult(
            first is null ? null : new EvaluationResult([.. first.Values.Select(value => new Scalar(value.Key, value.Value))]),
            outcome.Evaluation!, outcome.Steps, seconds);
    }
}
