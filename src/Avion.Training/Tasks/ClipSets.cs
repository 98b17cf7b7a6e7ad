namespace Avion.Training;

/// <summary>Joins annotations and videos that a recipe names to sets of clips, cut as its <c>data.*</c>
/// and <c>evaluate.*</c> keys say.</summary>
public static class ClipSets
{
    /// <summary>Lists the videos and reads the annotations of <c>data.train</c>.</summary>
    /// <param name="recipe">Names them.</param>
    /// <param name="options">What the task takes of them, and the classes that number its labels; null: all that is there.</param>
    /// <exception cref="DataException">A file is missing or wrong.</exception>
    /// <exception cref="RunException">The recipe names no annotations or no videos.</exception>
    public static AnnotatedVideos ReadTraining(Recipe recipe, AnnotationOptions? options = null) =>
        AnnotatedVideos.Read(TrainingSources(recipe), (options ?? new AnnotationOptions()) with
        {
            WeighsCaptions = recipe.Data.WeighCaptions,
        });

    /// <summary>Lists the videos and reads the annotations of clips to train and to evaluate on, whose labels are numbered by the classes
    /// that they have together.</summary>
    /// <param name="recipe">Names the clips.</param>
    /// <param name="options">What the task takes of annotations.</param>
    /// <returns>Those to train on, and those to evaluate on; null where the recipe names none.</returns>
    /// <exception cref="DataException">A file is missing or wrong.</exception>
    /// <exception cref="RunException">The recipe names no annotations or no videos.</exception>
    public static (AnnotatedVideos Training, AnnotatedVideos? Validation) ReadTogether(Recipe recipe, AnnotationOptions options)
    {
        IReadOnlyList<(string, NamedSource)> training = TrainingSources(recipe);
        bool evaluates = AnnotatedVideos.AreNamed(recipe.Data.Validation, options);
        AnnotatedVideos all = AnnotatedVideos.Read(evaluates ? [.. training, ValidationSource(recipe)] : training, options);
        return (all.Part(..training.Count), evaluates ? all.Part(training.Count..) : null);
    }

    /// <summary>Clips to train on: frames, crop and mirror image at random, one of a clip's captions. Those without a video are left
    /// out.</summary>
    /// <param name="recipe">How clips are cut and mixed.</param>
    /// <param name="clips">What <see cref="ReadTraining"/> gives.</param>
    /// <param name="relevant">Sentences that a table's captions are drawn from instead of its own; null for none.</param>
    /// <exception cref="DataException">Too many clips have no video.</exception>
    public static IClipDataset ForTraining(Recipe recipe, AnnotatedVideos clips, Func<ClipTable, RelevantCaptions?>? relevant = null)
    {
        CropPolicy crop = TrainingCrop(recipe.Data);
        return clips.Mix(recipe.Data, source => [.. source.Tables.Select(table => new ClipDataset(
            TakeCensus(recipe, table, source), TrainingFrames(recipe.Data, source.FramesPerSecond), crop, leavesOutAbsent: true)
        {
            Relevant = relevant?.Invoke(table),
        })]);
    }

    /// <summary>Clips to evaluate on: <see cref="EvaluateRecipe.ViewsPerClip"/> samples of each, next to each other, without anything drawn
    /// at random; null where the recipe names none. Those without a video stay, as samples that cannot be read.</summary>
    /// <param name="recipe">How clips are cut.</param>
    /// <param name="options">As for <see cref="ReadTraining"/>.</param>
    /// <exception cref="DataException">A file is missing or wrong, or too many clips have no video.</exception>
    public static IClipDataset? ForValidation(Recipe recipe, AnnotationOptions? options = null) => ForValidation(recipe, options, out _);

    /// <summary>As <see cref="ForValidation(Recipe, AnnotationOptions?)"/>, with the annotations.</summary>
    public static IClipDataset? ForValidation(Recipe recipe, AnnotationOptions? options, out IReadOnlyList<ClipTable> tables)
    {
        tables = [];
        if (!AnnotatedVideos.AreNamed(recipe.Data.Validation, options))
        {
            return null;
        }

        AnnotatedVideos clips = AnnotatedVideos.Read([ValidationSource(recipe)], options);
        tables = [.. clips.Tables];
        return ForValidation(recipe, clips);
    }

    /// <summary>As <see cref="ForValidation(Recipe, AnnotationOptions?)"/>, of clips that are read.</summary>
    public static IClipDataset ForValidation(Recipe recipe, AnnotatedVideos clips) =>
        clips.Join(source => [.. source.Tables.Select(table => ToEvaluate(recipe, table, source))]);

    /// <summary>Clips to evaluate on that are annotated elsewhere than in a recipe's data.</summary>
    /// <param name="recipe">How clips are cut.</param>
    /// <param name="clips">The clips.</param>
    /// <param name="videos">Where their videos are.</param>
    public static IClipDataset ToEvaluate(Recipe recipe, ClipTable clips, DataSourceRecipe videos) => ToEvaluate(recipe, clips,
        new AnnotatedVideos.Source(new NamedSource("", videos), VideoStore.Open(videos.Videos, videos.ChunkSeconds), [clips]));

    private static ClipDataset ToEvaluate(Recipe recipe, ClipTable table, AnnotatedVideos.Source source) => new(
        TakeCensus(recipe, table, source), EvaluationFrames(recipe, source.FramesPerSecond), EvaluationCrop(recipe.Evaluate),
        leavesOutAbsent: false)
    {
        DrawCaptions = false,
    };

    private static IReadOnlyList<(string Section, NamedSource Source)> TrainingSources(Recipe recipe) => recipe.Data.Sources.Count == 0
        ? [("data.train", new NamedSource("", recipe.Data.Train))]
        : [.. recipe.Data.Sources.Select(source => ($"{SourceList.Section}.{source.Name}", source))];

    private static (string Section, NamedSource Source) ValidationSource(Recipe recipe) =>
        ("data.validation", new NamedSource("", recipe.Data.Validation));

    private static ClipCensus TakeCensus(Recipe recipe, ClipTable table, AnnotatedVideos.Source source)
    {
        ClipCensus census = ClipCensus.Take(table, source.Store, source.FramesPerSecond);
        census.Require(recipe.Data.MaximumMissingFraction);
        return census;
    }

    /// <summary>The narration ids of clips of EPIC-KITCHENS-100, by which challenges ask for answers; null for other annotations.</summary>
    public static IReadOnlyList<string>? NarrationIds(DataSourceRecipe source) =>
        source.Annotations is [string only] && EpicKitchens.IsClips(only) ? EpicKitchens.ReadNarrationIds(only) : null;

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
}
