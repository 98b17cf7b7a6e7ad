namespace Avion.Training;

/// <summary>Evaluates checkpoints under the settings that they were trained with.</summary>
public static class Evaluation
{
    /// <summary>Runs the evaluator of a checkpoint's task on its validation data.</summary>
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
        if (recipe.Model != saved.Model)
        {
            throw new RunException($"Keys below model. are fixed by the checkpoint '{checkpoint.Folder}'; leave them out.");
        }

        TrainingData data = options.Data ?? OpenData(recipe, checkpoint);
        IClipDataset validation = data.Validation ?? throw new RunException(
            "There is nothing to evaluate on: give --set data.validation.annotations=… and --set data.validation.videos=…");
        using Device device = new CpuDevice(options.ComputeThreads);
        using DualEncoder model = Checkpoint.LoadDualEncoder(checkpoint.ModelPath, device, withGradients: false);
        RetrievalEvaluator evaluator = new(
            model, () => LoaderSetup.OpenEvaluation(recipe, data, validation), validation.Count,
            data.Relevancy?.Tokenize(data.Encoder, recipe));
        return new EvaluationResult([.. evaluator.Run(options.Observer, cancellation)]);
    }

    private static TrainingData OpenData(Recipe recipe, LoadedCheckpoint checkpoint)
    {
        if (!File.Exists(checkpoint.VocabularyPath))
        {
            throw new RunException($"Checkpoint '{checkpoint.Folder}' has no {CheckpointStore.VocabularyFile}, "
                + "by which captions are read.");
        }

        return RecipeData.OpenForEvaluation(recipe, checkpoint.VocabularyPath);
    }
}
