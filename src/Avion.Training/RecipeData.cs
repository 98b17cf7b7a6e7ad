namespace Avion.Training;

/// <summary>Opens the data that a recipe names.</summary>
public static class RecipeData
{
    /// <summary>Reads annotations, finds videos and loads or trains the vocabulary.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="vocabularyPath">Where the run keeps its vocabulary: read if it exists, else written.</param>
    /// <exception cref="DataException">Annotations or videos are missing or wrong.</exception>
    /// <exception cref="RunException">The recipe names no data.</exception>
    public static TrainingData Open(Recipe recipe, string vocabularyPath)
    {
        IReadOnlyList<ClipTable> tables = ReadTables(recipe.Data.Train, "data.train");
        PrepareVocabulary(recipe, tables, vocabularyPath);
        return new TrainingData
        {
            Train = Join(recipe, recipe.Data.Train, tables, isTraining: true),
            Validation = OpenValidation(recipe),
            Relevancy = CaptionRelevancy.Open(recipe.Data.Validation),
            Encoder = BytePairTokenizer.Load(vocabularyPath),
            VocabularyPath = vocabularyPath,
            OpenSource = () => new VideoClipSource(),
        };
    }

    /// <summary>Reads what an evaluation needs: the validation set, and a vocabulary that exists.</summary>
    /// <exception cref="DataException">Annotations, videos or the vocabulary are missing or wrong.</exception>
    public static TrainingData OpenForEvaluation(Recipe recipe, string vocabularyPath) => new()
    {
        Validation = OpenValidation(recipe),
        Relevancy = CaptionRelevancy.Open(recipe.Data.Validation),
        Encoder = BytePairTokenizer.Load(vocabularyPath),
        VocabularyPath = vocabularyPath,
        OpenSource = () => new VideoClipSource(),
    };

    private static IClipDataset? OpenValidation(Recipe recipe)
    {
        if (recipe.Data.Validation.Annotations.Count == 0)
        {
            return null;
        }

        return Join(recipe, recipe.Data.Validation, ReadTables(recipe.Data.Validation, "data.validation"), isTraining: false);
    }

    private static IClipDataset Join(Recipe recipe, DataSourceRecipe source, IReadOnlyList<ClipTable> tables, bool isTraining)
    {
        VideoStore store = source.ChunkSeconds > 0 ? new ChunkTree(source.Videos, source.ChunkSeconds) : new FileTree(source.Videos);
        double? rate = source.FramesPerSecond > 0 ? source.FramesPerSecond : null;
        CropPolicy crop = isTraining
            ? new RandomResizedCrop(recipe.Data.CropScaleMinimum, recipe.Data.CropScaleMaximum)
            {
                FlipProbability = recipe.Data.FlipProbability,
            }
            : new CentreCrop();
        IClipDataset[] datasets =
        [
            .. tables.Select(table => new ClipDataset(table, store, new SegmentSampling(jitter: isTraining, rate), crop)
            {
                DrawCaptions = isTraining,
            }),
        ];
        return datasets.Length == 1 ? datasets[0] : new MixedDataset([.. datasets.Select(dataset => new MixturePart(dataset))]);
    }

    private static IReadOnlyList<ClipTable> ReadTables(DataSourceRecipe source, string section)
    {
        if (source.Annotations.Count == 0 || source.Videos.Length == 0)
        {
            string missing = source.Videos.Length == 0 ? "videos" : "annotations";
            throw new RunException($"The recipe names no {section}.{missing}. Give it with --set {section}.{missing}=…");
        }

        return [.. source.Annotations.Select(ReadTable)];
    }

    private static ClipTable ReadTable(string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".jsonl" or ".ndjson" => CaptionJsonLines.Read(path),
        ".pkl" => NarrationPickle.Read(path),
        ".csv" or ".tsv" => IsEpicKitchens(path) ? EpicKitchens.Read(path) : CaptionCsv.Read(path),
        string ending => throw new RunException($"'{path}' ends in '{ending}', expected annotations in .csv, .jsonl or .pkl."),
    };

    private static bool IsEpicKitchens(string path) =>
        File.Exists(path) && File.ReadLines(path).FirstOrDefault()?.StartsWith("narration_id,", StringComparison.Ordinal) == true;

    private static void PrepareVocabulary(Recipe recipe, IReadOnlyList<ClipTable> tables, string path)
    {
        if (File.Exists(path))
        {
            return;
        }

        string partial = path + ".partial";
        if (recipe.Data.Vocabulary.Length > 0)
        {
            BytePairVocabulary.Save(partial, BytePairVocabulary.ReadMerges(recipe.Data.Vocabulary));
        }
        else
        {
            BytePairTrainer trainer = new();
            foreach (ClipTable table in tables)
            {
                for (int caption = 0; caption < table.Captions.Count; caption++)
                {
                    trainer.Add(table.Captions[caption].Span);
                }
            }

            BytePairVocabulary.Save(partial, trainer.Train(recipe.Model.Text.VocabularySize));
        }

        File.Move(partial, path, overwrite: true);
        DurableFiles.SyncFolder(Path.GetDirectoryName(path)!);
    }
}
