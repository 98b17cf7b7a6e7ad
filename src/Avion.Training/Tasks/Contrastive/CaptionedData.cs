namespace Avion.Training;

/// <summary>Clips with captions, and the vocabulary that these are read with.</summary>
public record CaptionedData : TrainingData
{
    /// <summary>Name of the vocabulary in a run and in a checkpoint.</summary>
    public const string VocabularyFile = "vocabulary.txt";

    private static readonly AnnotationOptions s_captions = new() { Use = AnnotationUse.Captions };

    /// <summary>Captions to search with and their relevance to the clips of <see cref="TrainingData.Validation"/>; null: the clips' own
    /// captions.</summary>
    public CaptionRelevancy? Relevancy { get; init; }

    /// <summary>Whether the clips of <see cref="TrainingData.Validation"/> have captions to find them by.</summary>
    public bool ValidationHasCaptions { get; init; } = true;

    /// <summary>The annotations of <see cref="TrainingData.Validation"/>.</summary>
    private IReadOnlyList<ClipTable> CaptionTables { get; init; } = [];

    /// <summary>Classes to tell the clips of <see cref="TrainingData.Validation"/> apart by; null where that is not asked.</summary>
    public ZeroShotClasses? ZeroShot { get; init; }

    /// <summary>Questions about clips of their own; null for none.</summary>
    public QuestionSet? Questions { get; init; }

    /// <summary>File of the vocabulary that the encoder uses, which checkpoints carry along.</summary>
    public required string VocabularyPath { get; init; }

    /// <summary>Reads annotations, finds videos and loads the vocabulary; training makes one where the folder has none.</summary>
    /// <param name="recipe">The recipe of a dual encoder.</param>
    /// <param name="folder">The run or the checkpoint, which keeps the vocabulary.</param>
    /// <param name="purpose">Evaluation needs the validation set alone.</param>
    /// <exception cref="DataException">Annotations, videos or the vocabulary are missing or wrong.</exception>
    /// <exception cref="RunException">The recipe names no data, or a checkpoint has no vocabulary.</exception>
    public static CaptionedData Open(Recipe recipe, string folder, TaskPurpose purpose) =>
        Open(recipe, folder, purpose, clips => ClipSets.ForTraining(recipe, clips));

    /// <summary>The caption that a clip of the validation set is found by; null where annotations do not tell.</summary>
    internal string? CaptionOf(long sample)
    {
        foreach (ClipTable table in CaptionTables)
        {
            if (sample < table.Count)
            {
                ClipRow row = table[(int)sample];
                return row.CaptionCount > 0 ? table.Captions.Text(row.FirstCaption) : null;
            }

            sample -= table.Count;
        }

        return null;
    }

    /// <summary>Opens the data with a training set that the task makes of its annotations.</summary>
    private protected static CaptionedData Open(
        Recipe recipe, string folder, TaskPurpose purpose, Func<AnnotatedVideos, IClipDataset> openTraining)
    {
        string vocabulary = Path.Combine(folder, VocabularyFile);
        IClipDataset? train = null;
        long captions = 0;
        if (purpose == TaskPurpose.Training)
        {
            AnnotatedVideos clips = ClipSets.ReadTraining(recipe, s_captions);
            CaptionVocabulary.Prepare(DualEncoderOptions.Of(recipe), clips.Tables, vocabulary);
            train = openTraining(clips);
            captions = clips.Tables.Sum(table => (long)table.Captions.Count);
        }
        else if (!File.Exists(vocabulary))
        {
            vocabulary = OtherVocabulary(recipe, folder);
        }

        DualEncoderEvaluation evaluation = DualEncoderOptions.Of(recipe).Evaluation;
        ZeroShotClasses? classes =
            evaluation.Classes.Length > 0 ? ZeroShotClasses.Read(evaluation.Classes, evaluation.Templates) : null;
        AnnotationOptions reading =
            classes is null ? s_captions : new AnnotationOptions { Use = AnnotationUse.Labels, Classes = [classes.Classes] };
        IClipDataset? validation = ClipSets.ForValidation(recipe, reading, out IReadOnlyList<ClipTable> tables);
        IReadOnlyList<(string Left, string Right)> merges = VocabularyFiles.ReadMerges(vocabulary);
        return new CaptionedData
        {
            Train = train,
            Validation = validation,
            CaptionTables = tables,
            ValidationHasCaptions = tables.All(table => table.Captions.Count > 0),
            ClipIds = ClipSets.NarrationIds(recipe.Data.Validation),
            ZeroShot = classes,
            Questions = QuestionSet.Open(recipe),
            Relevancy = CaptionRelevancy.Open(recipe),
            Encoder = new BytePairTokenizer(BytePairVocabulary.FromMerges(merges, vocabulary)),
            Vocabulary = VocabularyIdentity.Of(merges),
            Counts = train is null ? [] : [("captions", captions)],
            VocabularyPath = vocabulary,
            OpenSource = () => new VideoClipSource(),
        };
    }

    /// <summary>The vocabulary of weights that have none beside them: the one that the recipe names, else CLIP's.</summary>
    private static string OtherVocabulary(Recipe recipe, string folder)
    {
        if (File.Exists(Path.Combine(folder, CheckpointStore.StateFile)))
        {
            throw new RunException($"Checkpoint '{folder}' has no {VocabularyFile}, by which captions are read.");
        }

        string named = DualEncoderOptions.Of(recipe).Vocabulary;
        return named.Length > 0 ? named : VocabularySearch.Find(folder) ?? throw new RunException(
            $"Captions are read with a vocabulary, and '{folder}' has none: name the one that the weights were trained with by "
            + $"--set data.vocabulary=…; a model of CLIP's tokens {VocabularySearch.Remedy}.");
    }
}
