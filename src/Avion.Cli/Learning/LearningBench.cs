namespace Avion.Cli;

/// <summary>Runs the trainings of a plan on data that is made first, and compares what they come to with what they have to reach.</summary>
internal static class LearningBench
{
    /// <summary>Makes the data unless the plan brings its own, trains, and measures.</summary>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static async Task<IReadOnlyList<LearningFigure>> RunAsync(
        LearningPlan plan, LearningFolders folders, bool isQuick, ProgressDisplay progress, CancellationToken cancellation)
    {
        if (plan.NeedsGenerated)
        {
            await LearningData.PrepareAsync(folders, isQuick ? LearningData.Quick : LearningData.Full,
                share => progress.Report("videos", share), cancellation);
        }
        else
        {
            folders.Claim();
        }

        LearningResults results = [];
        foreach (LearningTrial trial in plan.Trials)
        {
            progress.Line($"{trial.Name} ({results.Count + 1} of {plan.Trials.Count})");
            results.Add(trial.Name, LearningResult.Run(trial, folders, isQuick, new TrainingView(progress), cancellation));
        }

        return [.. plan.Goals.Select(goal => goal.Measure(results))];
    }
}
