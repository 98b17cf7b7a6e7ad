namespace Avion.Training;

/// <summary>The weights that a user names, and the recipe under which they are evaluated.</summary>
internal sealed record EvaluatedWeights
{
    // Other frames and other frame sizes change no more than embeddings, which are resized.
    private static readonly string[] s_freeKeys = ["model.vision.frames", "model.vision.image_size"];

    /// <summary>What the task's data keeps beside the recipe lies here: the checkpoint, or the folder of the file.</summary>
    public required string Folder { get; init; }

    /// <summary>The recipe, with the changes that were asked for.</summary>
    public required Recipe Recipe { get; init; }

    /// <summary>The checkpoint; null for a file of weights.</summary>
    public LoadedCheckpoint? Checkpoint { get; init; }

    // Read although it lies among those that training alone reads: weights can be evaluated in another type than they were trained in.
    private const string PrecisionKey = "train.precision";

    // Sections and keys that training alone reads; of its annotations those that it evaluates on.
    private static readonly string[] s_trainingKeys =
    [
        "name", "train.", "optimizer.", "schedule.", "checkpoint.", "output.", "loss.", "data.train.annotations", "data.sources.",
        "data.crop", "data.flip_", "data.rand_augment.", "data.random_erasing.", "data.repeats", "data.clips_per_epoch",
        "data.weigh_captions", "model.initialize_", "model.freeze", "evaluate.every_epochs", "evaluate.before_training",
        "evaluate.best_metric",
    ];

    private string ModelPath { get; init; } = "";

    /// <summary>Whether the model is not quite the one that was saved: of other frames, or described by another recipe.</summary>
    private bool IsFitted { get; init; }

    /// <summary>Finds weights and recipe.</summary>
    /// <param name="path">A checkpoint or its <c>average.safetensors</c>, a run, a pointer such as <c>checkpoints/latest</c>, or a file of
    /// weights.</param>
    /// <param name="options">Recipe and changes of it.</param>
    /// <exception cref="RunException">There are no weights, or they have no recipe, or a change would be of another model.</exception>
    public static EvaluatedWeights Open(string path, EvaluationOptions options)
    {
        RefuseTrainingKeys(options);
        bool isAverage = Path.GetFileName(path) == WeightAverage.FileName
            && File.Exists(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, CheckpointStore.StateFile));
        CheckpointChoice? choice = CheckpointChoice.TryOf(isAverage ? Path.GetDirectoryName(Path.GetFullPath(path))! : path);
        LoadedCheckpoint? checkpoint = choice is not null ? choice.Load()
            : File.Exists(path) ? null
            : throw new RunException($"'{path}' is neither a checkpoint nor a run with checkpoints, and no file of weights.");
        Recipe? own = checkpoint is null ? OwnRecipe(path) : RecipeReader.ReadFile(checkpoint.RecipePath);
        Recipe saved = options.RecipePath is { } recipePath ? RecipeReader.ReadFile(recipePath)
            : own ?? throw new RunException($"'{path}' does not say how it was trained. Give a recipe: avion eval {path} --recipe "
                + "recipes/….yaml");
        Recipe changed = RecipeReader.Override(saved, isAverage ? [.. options.Overrides, "evaluate.weights=average"] : options.Overrides);
        if (choice is not null)
        {
            options.Training.Observer.Message("Evaluating "
                + $"{choice.Text}{(changed.Evaluate.TakesAverage ? ": the average of its weights" : "")}.");
        }

        bool isForeign = options.RecipePath is not null;
        if (!isForeign)
        {
            RequireSameModel(saved, changed, path);
        }
        else
        {
            changed = FirstWeights.AdoptFacts(changed, checkpoint?.ModelPath ?? path);
        }

        if (checkpoint is null)
        {
            changed = WithOwnVocabulary(changed, path, options);
        }

        return new EvaluatedWeights
        {
            Folder = checkpoint?.Folder ?? Path.GetDirectoryName(Path.GetFullPath(path))!,
            Recipe = Chosen(LeaveOutStale(saved, changed, options), options.Evaluator),
            Checkpoint = checkpoint,
            ModelPath = checkpoint?.ModelPath ?? path,
            IsFitted = isForeign || checkpoint is null || ModelKeys(changed).Any(key => key.ValueIn(changed) != key.ValueIn(saved)),
        };
    }

    /// <summary>Fills the model of a task.</summary>
    /// <exception cref="RunException">The weights lack a part of the model.</exception>
    public void LoadInto(TrainingTask task, ITrainingObserver observer)
    {
        if (!IsFitted)
        {
            task.Load(Folder);
            if (Recipe.Evaluate.TakesAverage)
            {
                WeightAverage.LoadInto(Folder, task.Model);
            }

            return;
        }

        PretrainedReport report = PretrainedWeights.Load(
            Checkpoint is not null && Recipe.Evaluate.TakesAverage ? Path.Combine(Folder, WeightAverage.FileName) : ModelPath, task.Model,
            new PretrainedOptions { IsPartial = true, AllowsOtherComputation = Recipe.Options.Start.AllowsOtherComputation });
        if (report.Fresh is [string first, ..])
        {
            throw new RunException($"'{ModelPath}' lacks {report.Fresh.Count} of the model's parameters, the first being '{first}': an "
                + "evaluation of random values would say nothing. Give a recipe whose model is that of the weights.");
        }

        if (report.Resized.Count > 0)
        {
            observer.Message($"Resized to the model: {string.Join(", ", report.Resized)}.");
        }
    }

    private static Recipe? OwnRecipe(string path) =>
        Models.Checkpoint.ReadDetails(path).Recipe is { } yaml ? RecipeReader.Read(yaml, path) : null;

    private static IEnumerable<RecipeKey> ModelKeys(Recipe recipe) =>
        RecipeSchema.Of(recipe).All.Where(key => key.Path.StartsWith("model.", StringComparison.Ordinal));

    private static void RequireSameModel(Recipe saved, Recipe changed, string path)
    {
        RecipeKey? other = ModelKeys(changed).FirstOrDefault(
            key => !s_freeKeys.Contains(key.Path) && key.ValueIn(changed) != key.ValueIn(saved));
        if (other is not null)
        {
            throw new RunException($"Keys below model. are fixed by the checkpoint '{path}', all but {string.Join(" and ", s_freeKeys)}; "
                + $"leave {other.Path} out.");
        }
    }

    /// <summary>A change that nothing reads is a mistake.</summary>
    private static void RefuseTrainingKeys(EvaluationOptions options)
    {
        string[] unread = [.. options.Overrides.Select(change => change.Split('=')[0].Trim())
            .Where(key => key != PrecisionKey && s_trainingKeys.Any(part => key.StartsWith(part, StringComparison.Ordinal)))];
        if (unread.Length > 0)
        {
            throw new RunException($"{string.Join(" and ", unread)} would change nothing: an evaluation reads evaluate.*, "
                + $"data.validation.*, data.vocabulary, data.frame_sampling, data.frame_stride, data.decode_threads, {PrecisionKey} and "
                + $"the bounds on bad and missing clips, and of the model {string.Join(" and ", s_freeKeys)}. "
                + $"Leave out --set {unread[0]}.");
        }
    }

    /// <summary>A matrix of relevancies belongs to its annotations: other annotations come without it.</summary>
    private static Recipe LeaveOutStale(Recipe saved, Recipe changed, EvaluationOptions options)
    {
        const string Key = "data.validation.relevancy";
        if (saved.Data.Validation.Annotations.Equals(changed.Data.Validation.Annotations)
            || changed.Options is not DualEncoderOptions { Relevancy.Length: > 0 } encoder
            || IsChanged(options, Key))
        {
            return changed;
        }

        options.Training.Observer.Message($"{Key} belongs to other annotations and is left out: clips are scored by their own captions.");
        return changed with { Options = encoder with { Relevancy = "", Sentences = "" } };
    }

    /// <summary>A file of weights that carries its vocabulary is read with that one, unless the user names another.</summary>
    private static Recipe WithOwnVocabulary(Recipe recipe, string weights, EvaluationOptions options) =>
        recipe.Options is DualEncoderOptions encoder && !IsChanged(options, "data.vocabulary") && VocabularyFiles.IsCarriedBy(weights)
            ? recipe with { Options = encoder with { Vocabulary = weights } }
            : recipe;

    private static bool IsChanged(EvaluationOptions options, string key) =>
        options.Overrides.Any(change => change.TrimStart().StartsWith(key, StringComparison.Ordinal));

    private static Recipe Chosen(Recipe recipe, string evaluator) =>
        evaluator.Length == 0 ? recipe : recipe.Options.ForEvaluator(recipe, evaluator);
}
