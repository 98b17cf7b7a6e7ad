namespace Avion.Training;

/// <summary>Joins annotations and videos that a recipe names to sets of clips, cut as its <c>data.*</c> and <c>evaluate.*</c> keys say.</summary>
internal static class ClipSets
{
    /// <summary>Reads the annotations of one part of a recipe's data.</summary>
    /// <param name="source">Files and videos.</param>
    /// <param name="section">Its name in recipes, for messages.</param>
    /// <param name="options">What the task takes of them, and the classes that number its labels; null: all that is there.</param>
    /// <exception cref="DataException">A file is missing or wrong.</exception>
    /// <exception cref="RunException">The recipe names no annotations or no videos.</exception>
    public static IReadOnlyList<ClipTable> ReadTables(DataSourceRecipe source, string section, AnnotationOptions? options = null)
    {
        if (source.Annotations.Count == 0 || source.Videos.Length == 0)
        {
            string missing = source.Videos.Length == 0 ? "videos" : "annotations";
            throw new RunException($"The recipe names no {section}.{missing}. Give it with --set {section}.{missing}=…");
        }

        return ClipAnnotations.ReadAll([.. source.Annotations], options);
    }

    /// <summary>Clips to train on: frames, crop and mirror image at random, one of a clip's captions.</summary>
    /// <param name="recipe">How clips are cut.</param>
    /// <param name="tables">The annotations of <c>data.train</c>.</param>
    /// <param name="relevant">Sentences that a table's captions are drawn from instead of its own; null for none.</param>
    public static IClipDataset ForTraining(
        Recipe recipe, IReadOnlyList<ClipTable> tables, Func<ClipTable, RelevantCaptions?>? relevant = null) =>
        Join(recipe.Data.Train, tables, rate => TrainingFrames(recipe.Data, rate), TrainingCrop(recipe.Data), drawCaptions: true, relevant);

    /// <summary>Clips to evaluate on: <see cref="EvaluateRecipe.ViewsPerClip"/> samples of each, next to each other, without anything drawn
    /// at random; null where the recipe names none.</summary>
    /// <param name="recipe">How clips are cut.</param>
    /// <param name="options">As for <see cref="ReadTables"/>.</param>
    public static IClipDataset? ForValidation(Recipe recipe, AnnotationOptions? options = null) =>
        recipe.Data.Validation.Annotations.Count == 0 ? null
            : ForValidation(recipe, ReadTables(recipe.Data.Validation, "data.validation", options));

    /// <summary>Clips to evaluate on, of annotations that are read already.</summary>
    public static IClipDataset ForValidation(Recipe recipe, IReadOnlyList<ClipTable> tables) =>
        Join(recipe.Data.Validation, tables, rate => EvaluationFrames(recipe, rate), EvaluationCrop(recipe.Evaluate), drawCaptions: false,
            relevant: null);

    private static FrameSampling TrainingFrames(DataRecipe data, double? rate) => data.FrameSampling switch
    {
        "segment" => new SegmentSampling(jitter: true, rate),
        "strided" => new StridedSampling(data.FrameStride, jitter: true, rate),
        _ => new WindowSampling(data.FrameStride, rate),
    };

    private static FrameSampling EvaluationFrames(Recipe recipe, double? rate) => recipe.Data.FrameSampling == "segment"
        ? new SegmentSampling(jitter: false, rate, recipe.Evaluate.TemporalViews)
        : new ViewSampling(recipe.Data.FrameStride, recipe.Evaluate.TemporalViews, rate);

    private static CropPolicy TrainingCrop(DataRecipe data) => data.Crop switch
    {
        "random_resized" => new RandomResizedCrop(
            data.CropScaleMinimum, data.CropScaleMaximum, data.CropAspectMinimum, data.CropAspectMaximum)
        {
            FlipProbability = data.FlipProbability,
        },
        "multi_scale" => new MultiScaleCrop { FlipProbability = data.FlipProbability },
        "centre" => new CentreCrop { FlipProbability = data.FlipProbability },
        _ => new WholeFrame { FlipProbability = data.FlipProbability },
    };

    private static CropPolicy EvaluationCrop(EvaluateRecipe evaluate) =>
        evaluate.SpatialViews == 1 ? new CentreCrop() : new SpacedCrop(evaluate.SpatialViews);

    private static IClipDataset Join(DataSourceRecipe source, IReadOnlyList<ClipTable> tables, Func<double?, FrameSampling> frames,
        CropPolicy crop, bool drawCaptions, Func<ClipTable, RelevantCaptions?>? relevant)
    {
        VideoStore store = source.ChunkSeconds > 0 ? new ChunkTree(source.Videos, source.ChunkSeconds) : new FileTree(source.Videos);
        double? rate = source.FramesPerSecond > 0 ? source.FramesPerSecond : null;
        IClipDataset[] datasets =
        [
            .. tables.Select(table => new ClipDataset(table, store, frames(rate), crop)
            {
                DrawCaptions = drawCaptions,
                Relevant = relevant?.Invoke(table),
            }),
        ];
        return datasets.Length == 1 ? datasets[0] : new MixedDataset([.. datasets.Select(dataset => new MixturePart(dataset))]);
    }
}
