namespace Avion.Training;

/// <summary>Opens the loaders of a run.</summary>
internal static class LoaderSetup
{
    /// <summary>The order of the training set's samples.</summary>
    public static BatchPlan TrainingPlan(Recipe recipe, TrainingData data) => new(
        (data.Train ?? throw new RunException("There is nothing to train on: the data has no training set.")).Count,
        recipe.Train.BatchSize,
        recipe.Train.Seed);

    /// <summary>Endless batches from a position on; a bad clip is replaced, so that every batch is whole.</summary>
    public static ClipLoader OpenTraining(Recipe recipe, TrainingData data, BatchPlan plan, RunPosition start) =>
        new(data.Train!, plan, data.Encoder, data.OpenSource,
            Options(recipe) with { BadClips = BadClipPolicy.Replace, MaximumBadFraction = recipe.Data.MaximumBadFraction }, start,
            recipe.Train.Epochs);

    /// <summary>One pass over a set in its own order; a bad clip is marked, so that it is not scored.</summary>
    public static ClipLoader OpenEvaluation(Recipe recipe, TrainingData data, IClipDataset dataset)
    {
        BatchPlan plan = new(dataset.Count, recipe.Evaluate.BatchSize, recipe.Train.Seed, shuffle: false, dropLast: false);
        return new ClipLoader(
            dataset, plan, data.Encoder, data.OpenSource,
            Options(recipe) with { BadClips = BadClipPolicy.Mark, MaximumBadFraction = recipe.Data.MaximumBadFraction }, endEpoch: 1);
    }

    /// <summary>Memory of the batches that a loader keeps.</summary>
    public static long BatchBytes(Recipe recipe, int batchSize)
    {
        LoaderOptions options = Options(recipe);
        return (long)(options.BatchesAhead + options.BatchesHeld) * batchSize * options.FrameCount * 3 * options.Height * options.Width;
    }

    private static LoaderOptions Options(Recipe recipe) => new()
    {
        FrameCount = recipe.Model.Vision.Frames,
        Height = recipe.Model.Vision.ImageSize,
        Width = recipe.Model.Vision.ImageSize,
        ContextLength = recipe.Model.Text.ContextLength,
        DecodeThreads = recipe.Data.DecodeThreads,
        BatchesAhead = recipe.Data.PrefetchBatches,
    };
}
