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
        MemoryPlan memory = PlanMemory(recipe, options);
        using RunFolder folder = RunFolder.Create(recipe);
        return Train(folder, memory, options, cancellation);
    }

    /// <summary>Continues the run of a folder from its newest undamaged checkpoint.</summary>
    /// <param name="path">The run folder.</param>
    /// <param name="expected">A recipe that the run must have, or null to take the run's own.</param>
    /// <param name="overrides">Changes of keys that losses do not depend on.</param>
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
        using RunFolder folder = RunFolder.Resume(path, expected, overrides);
        return Train(folder, PlanMemory(folder.Recipe, options), options, cancellation);
    }

    /// <summary>Done before anything is made: a run that does not fit leaves no folder behind.</summary>
    private static MemoryPlan PlanMemory(Recipe recipe, TrainingOptions options) => MemoryBudget.Choose(
        recipe, options.ComputeThreads,
        options.Data is { } data ? data.Validation is not null : recipe.Data.Validation.Annotations.Count > 0);

    private static TrainingOutcome Train(RunFolder folder, MemoryPlan memory, TrainingOptions options, CancellationToken cancellation)
    {
        Recipe recipe = folder.Recipe;
        TrainingData data = options.Data ?? RecipeData.Open(recipe, folder.VocabularyPath);
        using Device device = new CpuDevice(options.ComputeThreads);
        using DualEncoder model = ModelSetup.Create(recipe, data.Encoder, device, memory);
        using ContrastiveObjective objective =
            new(model, new CheckpointDetails { Recipe = RecipeWriter.ToYaml(recipe) }, memory.StepBytes,
            TrainingDrops.Of(recipe));
        IEvaluator? evaluator = data.Validation is { } validation
            ? new RetrievalEvaluator(
                model, () => LoaderSetup.OpenEvaluation(recipe, data, validation), validation.Count,
                data.Relevancy?.Tokenize(data.Encoder, recipe))
            : null;
        return TrainingSession.Run(folder, data, objective, evaluator, device, options, cancellation, memory);
    }
}
