namespace Avion.Training;

/// <summary>Starts and continues training runs.</summary>
/// <remarks>
/// <code>
/// Recipe recipe = RecipeReader.ReadFile("recipes/demo.yaml", ["train.epochs=2"]);
/// TrainingOutcome outcome = TrainingRun.Start(recipe);
/// </code>
/// Cancelling ends a run after its current step, with a checkpoint.
/// </remarks>
public static class TrainingRun
{
    /// <summary>Starts a new run.</summary>
    /// <exception cref="RunException">The run cannot start, diverges, or cannot be saved.</exception>
    public static TrainingOutcome Start(Recipe recipe, TrainingOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new TrainingOptions();
        recipe = FirstWeights.Adopt(recipe, options.Data);

        // A run goes on where it began, also on a machine where another device would be chosen.
        DeviceChoice devices = DeviceChoice.Of(recipe);
        recipe = devices.Place(recipe);
        MemoryPlan memory = PlanMemory(recipe, options);
        using RunFolder folder = RunFolder.Create(recipe);
        return Train(folder, devices, memory, options, cancellation);
    }

    /// <summary>Continues the run of a folder from its newest undamaged checkpoint.</summary>
    /// <param name="path">The run folder.</param>
    /// <param name="expected">A recipe that the run must have, or null to take the run's own.</param>
    /// <param name="overrides">Changes of keys that a resumed run may change.</param>
    /// <param name="options">What the program supplies.</param>
    /// <param name="cancellation">Ends the run after its current step.</param>
    /// <exception cref="RunException">The run cannot go on: no run, another recipe, other data.</exception>
    public static TrainingOutcome Resume(
        string path,
        Recipe? expected = null,
        IEnumerable<string>? overrides = null,
        TrainingOptions? options = null,
        CancellationToken cancellation = default)
    {
        options ??= new TrainingOptions();
        expected = expected is null ? null : FirstWeights.AdoptIfHere(expected, options.Data);
        using RunFolder folder = RunFolder.Resume(path, expected, overrides);
        return Train(folder, DeviceChoice.Of(folder.Recipe), PlanMemory(folder.Recipe, options), options, cancellation);
    }

    /// <summary>Done before anything is made: a run that does not fit leaves no folder behind.</summary>
    private static MemoryPlan PlanMemory(Recipe recipe, TrainingOptions options) =>
        MemoryBudget.Choose(recipe, options.ComputeThreads, Evaluates(recipe, options));

    /// <summary>Whether a run evaluates.</summary>
    internal static bool Evaluates(Recipe recipe, TrainingOptions options) =>
        options.Data is { } data ? data.Validation is not null : recipe.Data.Validation.IsNamed;

    private static TrainingOutcome Train(RunFolder folder, DeviceChoice devices, MemoryPlan memory, TrainingOptions options,
        CancellationToken cancellation)
    {
        Recipe recipe = folder.Recipe;
        TaskKind kind = TrainingTasks.Of(recipe);
        TrainingData data = options.Data ?? kind.OpenData(recipe, folder.Path, TaskPurpose.Training);
        Continuation continuation = new(folder, options, data);
        LoadedCheckpoint? from = continuation.From;
        using RankGroup group = new(devices, options.ComputeThreads, continuation.Matrix);
        group.RequireMemory(memory);
        RunArithmetic arithmetic = RunArithmetic.Of(group.Arithmetic);
        continuation.CheckArithmetic(arithmetic);
        StepGate gate = new(group.Failed);
        StartingState start = new(group.RankCount);
        TrainingOutcome? outcome = null;
        group.Run(place =>
        {
            TaskSetup setup = new(recipe, place.Device, data, TaskPurpose.Training) { IsResumed = from is not null };
            using TrainingRank rank = new(kind.Create(setup), memory, place.Communicator);
            ClipFeed feed = new(recipe, data, rank.Task.Clips)
            {
                Augmentations = rank.Task.Augmentations, Memory = DeviceBatchMemory.For(place.Device),
            };
            continuation.CheckPlace(feed.Plan);
            if (place.Rank == 0)
            {
                feed.RequireFrames();
            }

            if (from is not null)
            {
                rank.Load(from);
            }

            start.Verify(place, rank);
            if (place.Rank == 0)
            {
                folder.KeepChanges();
                outcome = Lead(folder, rank, group, gate, feed, continuation, arithmetic, devices, memory, options, cancellation);
            }
            else
            {
                new FollowingRank(place, rank, feed.Plan, gate).Run(from?.State.Step ?? 0, group.Failed);
            }
        });
        return outcome!;
    }

    /// <summary>Rank 0 decides, logs, evaluates and saves for all.</summary>
    private static TrainingOutcome Lead(RunFolder folder, TrainingRank rank, RankGroup group, StepGate gate, ClipFeed feed,
        Continuation continuation, RunArithmetic arithmetic, DeviceChoice devices, MemoryPlan memory, TrainingOptions options,
        CancellationToken cancellation)
    {
        CheckpointState? from = continuation.From?.State;
        using RunReporter reporter = new(
            folder, from, TrainingLoop.TotalSteps(folder.Recipe, feed.Plan), memory, arithmetic, options);
        reporter.Watch(rank.Device);
        TrainingLoop loop = new(folder, rank, group, gate, feed, arithmetic, continuation.TrainingSet, reporter, options);
        if (from is not null)
        {
            loop.ContinueFrom(from);
        }

        continuation.Tell(reporter);
        feed.TellAbsent(text => reporter.Warning(from?.Step ?? 0, from?.Epoch ?? 0, text));
        if (from is null)
        {
            reporter.Begins(StartSummary.Of(folder.Recipe, devices, rank.Task.Model, memory, feed.Data, options.ComputeThreads) with
            {
                Steps = TrainingLoop.TotalSteps(folder.Recipe, feed.Plan),
                FirstWeights = rank.Task.FirstWeights,
            });
        }
        else if (devices.Reason.Length > 0)
        {
            reporter.Message($"Devices: {devices.Text}.");
        }

        try
        {
            return loop.Run(cancellation);
        }
        finally
        {
            gate.Close();
        }
    }
}
