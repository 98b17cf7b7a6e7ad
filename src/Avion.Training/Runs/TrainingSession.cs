namespace Avion.Training;

/// <summary>One process's part of a run: from the newest checkpoint, if there is one, to the end or an interruption.</summary>
internal static class TrainingSession
{
    public static TrainingOutcome Run(
        RunFolder folder,
        TrainingData data,
        TrainingObjective objective,
        IEvaluator? evaluator,
        Device device,
        TrainingOptions options,
        CancellationToken cancellation,
        MemoryPlan? memory = null)
    {
        Recipe recipe = folder.Recipe;
        CheckpointStore store = new(folder.CheckpointsPath, recipe.Checkpoint.Keep);
        BatchPlan plan = LoaderSetup.TrainingPlan(recipe, data);
        LoadedCheckpoint? from = folder.IsResumed ? store.LoadNewest(options.Observer.Warning) : null;
        if (from is not null)
        {
            CheckContinuation(folder, from, plan);
        }

        using Optimizer optimizer = Optimizer.Create(recipe.Optimizer, objective.Parameters, device);
        using RunReporter reporter =
            new(folder, from?.State, TrainingLoop.TotalSteps(recipe, plan), options.Observer, options.Time, memory);
        TrainStep step = new(objective, optimizer, recipe.Optimizer.ClipGradientNorm,
            new SingleRank(device), device);
        TrainingLoop loop = new(
            folder, store, objective, optimizer, device, step, plan, position => LoaderSetup.OpenTraining(recipe, data, plan, position),
            evaluator, reporter, options.Observer, options.Time,
            options.Trace is { } trace ? new StepTracing(trace, device, reporter) : null);
        if (from is not null)
        {
            loop.ContinueFrom(from);
            reporter.Message($"Resumed from step {from.State.Step}.");
        }
        else if (folder.IsResumed)
        {
            reporter.Warning(0, 0, $"'{folder.Path}' has no usable checkpoint: the run begins again at step 0.");
        }

        return loop.Run(cancellation);
    }

    private static void CheckContinuation(RunFolder folder, LoadedCheckpoint from, BatchPlan plan)
    {
        if (from.State.RecipeHash != RecipeWriter.Hash(folder.Recipe))
        {
            throw new RunException($"Checkpoint '{from.Folder}' was made by another recipe than '{folder.RecipePath}', which has been changed "
                + "since. Restore it, or start a new run with --set output.folder=…");
        }

        if (from.State.SampleCount != plan.SampleCount)
        {
            throw new RunException($"The training set has {plan.SampleCount} samples, but the run began with {from.State.SampleCount}: "
                + "its position would mean other clips. Restore the annotations, or start a new run with --set output.folder=…");
        }
    }
}
