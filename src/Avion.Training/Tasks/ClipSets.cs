namespace Avion.Training;

/// <summary>Joins annotations and videos that a recipe names to sets of clips.</summary>
internal static class ClipSets
{
    /// <summary>Reads the annotations of one part of a recipe's data.</summary>
    /// <exception cref="DataException">A file is missing or wrong.</exception>
    /// <exception cref="RunException">The recipe names no annotations or no videos.</exception>
    public static IReadOnlyList<ClipTable> ReadTables(DataSourceRecipe source, string section)
    {
        if (source.Annotations.Count == 0 || source.Videos.Length == 0)
        {
            string missing = source.Videos.Length == 0 ? "videos" : "annotations";
            throw new RunException($"The recipe names no {section}.{missing}. Give it with --set {section}.{missing}=…");
        }

        return [.. source.Annotations.Select(ReadTable)];
    }

    /// <summary>Clips to train on: frames at random in each of the segment's parts, a crop at random, one of a clip's captions.</summary>
    public static IClipDataset ForTraining(Recipe recipe, IReadOnlyList<ClipTable> tables) => Join(recipe.Data.Train, tables, isTraining: true,
        new RandomResizedCrop(recipe.Data.CropScaleMinimum, recipe.Data.CropScaleMaximum) { FlipProbability = recipe.Data.FlipProbability });

    /// <summary>Clips to evaluate on: frames in the middle of the segment's parts, cropped at the centre; null where the recipe names none.</summary>
    public static IClipDataset? ForValidation(Recipe recipe) => recipe.Data.Validation.Annotations.Count == 0
        ? null
        : Join(recipe.Data.Validation, ReadTables(recipe.Data.Validation, "data.validation"), isTraining: false, new CentreCrop());

    private static IClipDataset Join(DataSourceRecipe source, IReadOnlyList<ClipTable> tables, bool isTraining, CropPolicy crop)
    {
        VideoStore store = source.ChunkSeconds > 0 ? new ChunkTree(source.Videos, source.ChunkSeconds) : new FileTree(source.Videos);
        double? rate = source.FramesPerSecond > 0 ? source.FramesPerSecond : null;
        IClipDataset[] datasets =
        [
            .. tables.Select(table => new ClipDataset(table, store, new SegmentSampling(jitter: isTraining, rate), crop)
            {
                DrawCaptions = isTraining,
            }),
        ];
        return datasets.Length == 1 ? datasets[0] : new MixedDataset([.. datasets.Select(dataset => new MixturePart(dataset))]);
    }

    private static ClipTable ReadTable(string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".jsonl" or ".ndjson" => CaptionJsonLines.Read(path),
        ".pkl" => NarrationPickle.Read(path),
        ".csv" or ".tsv" => IsEpicKitchens(path) ? EpicKitchens.Read(path) : CaptionCsv.Read(path),
        string ending => throw new RunException($"'{path}' ends in '{ending}', expected annotations in .csv, .jsonl or .pkl."),
    };

    private static bool IsEpicKitchens(string path) =>
        RegularFile.Exists(path) && RegularFile.ReadLines(path).FirstOrDefault()?.StartsWith("narration_id,", StringComparison.Ordinal) == true;
}
