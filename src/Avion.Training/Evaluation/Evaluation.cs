namespace Avion.Training;

/// <summary>Evaluates checkpoints under the settings that they were trained with.</summary>
public static class Evaluation
{
    /// <summary>Runs the evaluators of a checkpoint's task on its validation data.</summary>
    /// <param name="path">A checkpoint, or a run: then its best checkpoint, else its newest.</param>
    /// <param name="overrides">Changes of the checkpoint's own recipe, such as
    /// <c>data.validation.videos=…</c>; the model's keys are fixed.</param>
    /// <param name="options">What the program supplies.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <exception cref="RunException">There is no checkpoint, it is damaged, or there is nothing to evaluate on.</exception>
    public static EvaluationResult Run(
        string path, IEnumerable<string>? overrides = null, TrainingOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new TrainingOptions();
        LoadedCheckpoint checkpoint = CheckpointStore.Load(CheckpointStore.Find(path));
        Recipe saved = RecipeReader.ReadFile(checkpoint.RecipePath);
        Recipe recipe = RecipeReader.Override(saved, overrides ?? []);
        TaskKind kind = TrainingTasks.Of(recipe);
        if (kind.Schema.All.Any(key => key.Path.StartsWith("model.", StringComparison.Ordinal) && key.ValueIn(recipe) != key.ValueIn(saved)))
        {
            throw new RunException($"Keys below model. are fixed by the checkpoint '{checkpoint.Folder}'; leave them out.");
        }

        TrainingData data = options.Data ?? kind.OpenData(recipe, checkpoint.Folder, TaskPurpose.Evaluation);
        if (data.Validation is null)
        {
            throw new RunException(
                "There is nothing to evaluate on: give --set data.validation.annotations=… and --set data.validation.videos=…");
        }

        using Device device = new CpuDevice(options.ComputeThreads, options.Matrix);
        NoteArithmetic(checkpoint.State.Arithmetic, device, options.Observer);
        using TrainingTask task = kind.Create(new TaskSetup(recipe, device, data, TaskPurpose.Evaluation));
        task.Load(checkpoint.Folder);
        if (recipe.Evaluate.TakesAverage)
        {
            WeightAverage.LoadInto(checkpoint.Folder, task.Model);
        }

        return Run(task, task.CreateEvaluators(new ClipFeed(recipe, data, task.Clips)), options.Observer, cancellation);
    }

    private static void NoteArithmetic(RunArithmetic? trained, Device device, ITrainingObserver observer)
    {
        if (trained?.DifferencesTo(RunArithmetic.Of(device.Arithmetic)) is [_, ..] differences)
        {
            observer.Message($"Evaluated with other arithmetic than trained ({string.Join("; ", differences)}): "
                + "metrics may differ in their last digits.");
        }
    }

    /// <summary>Runs the evaluators of a task, one after the other.</summary>
    internal static EvaluationResult Run(
        TrainingTask task, IEnumerable<IEvaluator> evaluators, ITrainingObserver observer, CancellationToken cancellation) =>
        new([.. evaluators.SelectMany(evaluator => evaluator.Run(observer, cancellation))])
        {
            Metrics = TrainingTasks.Of(task.Setup.Recipe).Metrics,
        };
}
