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
        string path, IEnumerable<string>? overrides = null, TrainingOptions? options = null, CancellationToken cancellation = default) =>
        Run(path, new EvaluationOptions { Overrides = [.. overrides ?? []], Training = options ?? new TrainingOptions() }, cancellation);

    /// <summary>Runs evaluators on weights.</summary>
    /// <param name="path">A checkpoint, a run (its best checkpoint, else its newest), a pointer such as <c>checkpoints/latest</c>, or a
    /// file of weights.</param>
    /// <param name="options">What is asked.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <exception cref="RunException">There are no weights, they are damaged or do not fit, or there is nothing to evaluate on.</exception>
    /// <exception cref="DataException">A larger share of the clips than the recipe allows cannot be read.</exception>
    public static EvaluationResult Run(string path, EvaluationOptions options, CancellationToken cancellation = default) =>
        Using(path, options, (task, feed) =>
        {
            IEvaluator[] evaluators = [.. task.CreateEvaluators(feed)];
            IEvaluator[] chosen = Choose(evaluators, options.Evaluator, TrainingTasks.Of(task.Setup.Recipe));
            OutputFiles.RequireFilled(options.Files, chosen);
            options.Training.Observer.Started();
            return Run(task, chosen, options.Training.Observer, cancellation);
        });

    /// <summary>Opens weights and their data for something else than measuring.</summary>
    /// <param name="path">As for <see cref="Run(string, EvaluationOptions, CancellationToken)"/>.</param>
    /// <param name="options">What is asked.</param>
    /// <param name="use">Takes the task with its weights, and what feeds it.</param>
    /// <exception cref="RunException">As there.</exception>
    internal static T Using<T>(string path, EvaluationOptions options, Func<TrainingTask, ClipFeed, T> use)
    {
        EvaluatedWeights weights = EvaluatedWeights.Open(path, options);
        TrainingOptions training = options.Training;
        TaskKind kind = TrainingTasks.Of(weights.Recipe);
        TrainingData data = training.Data ?? kind.OpenData(weights.Recipe, weights.Folder, TaskPurpose.Evaluation);
        DeviceChoice choice = DeviceChoice.ForEvaluation(options.Devices, weights.Recipe);
        training.Observer.Message($"Evaluating on {choice.Text}.");
        using Device device = choice.Open(rank: 0, training.ComputeThreads, training.Matrix);
        NoteArithmetic(weights.Checkpoint?.State.Arithmetic, device, training.Observer);
        using TrainingTask task = kind.Create(new TaskSetup(weights.Recipe, device, data, TaskPurpose.Evaluation));
        weights.LoadInto(task, training.Observer);
        return use(task, new ClipFeed(weights.Recipe, data, task.Clips) { Outputs = options.Outputs, AllowsFewBadClips = false });
    }

    /// <summary>Runs the evaluators of a task, one after the other.</summary>
    internal static EvaluationResult Run(
        TrainingTask task, IEnumerable<IEvaluator> evaluators, ITrainingObserver observer, CancellationToken cancellation) =>
        new([.. evaluators.SelectMany(evaluator => evaluator.Run(observer, cancellation))])
        {
            Metrics = TrainingTasks.Of(task.Setup.Recipe).Metrics,
        };

    private static IEvaluator[] Choose(IEvaluator[] evaluators, string name, TaskKind kind)
    {
        if (evaluators.Length == 0)
        {
            throw new RunException("There is nothing to evaluate on: give --set data.validation.annotations=… and "
                + "--set data.validation.videos=…");
        }

        if (name.Length == 0)
        {
            return evaluators;
        }

        IEvaluator[] chosen = [.. evaluators.Where(evaluator => evaluator.Name == name)];
        return chosen.Length > 0 ? chosen : throw new RunException($"Task '{kind.Name}' has no evaluation '{name}' of this data, only "
            + $"{string.Join(", ", evaluators.Select(evaluator => evaluator.Name))}.{Remedy(name)}");
    }

    /// <summary>What an evaluation that is not there would need.</summary>
    private static string Remedy(string name) => name switch
    {
        ZeroShotEvaluator.Word => " Classes and labelled clips are needed: --set evaluate.classes=… --set data.validation.annotations=…",
        MultipleChoiceEvaluator.Word => " Questions and their videos are needed: --set evaluate.questions=… --set "
            + "evaluate.question_videos=…",
        RetrievalEvaluator.Word => " Clips with captions are needed: --set data.validation.annotations=…",
        _ => "",
    };

    private static void NoteArithmetic(RunArithmetic? trained, Device device, ITrainingObserver observer)
    {
        if (trained?.DifferencesTo(RunArithmetic.Of(device.Arithmetic)) is [_, ..] differences)
        {
            observer.Message($"Evaluated with other arithmetic than trained ({string.Join("; ", differences)}): "
                + "metrics may differ in their last digits.");
        }
    }
}
