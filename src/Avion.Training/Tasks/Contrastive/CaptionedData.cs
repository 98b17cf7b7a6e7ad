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

    /// <summary>Opens the data with a training set that the task makes of its annotations.</summary>
    private protected static CaptionedData Open(
        Recipe recipe, string folder, TaskPurpose purpose, Func<AnnotatedVideos, IClipDataset> openTraining)
    {
        string vocabulary = Path.Combine(folder, VocabularyFile);
        IClipDataset? train = null;
        if (purpose == TaskPurpose.Training)
        {
            AnnotatedVideos clips = ClipSets.ReadTraining(recipe, s_captions);
            CaptionVocabulary.Prepare(DualEncoderOptions.Of(recipe), clips.Tables, vocabulary);
            train = openTraining(clips);
        }
        else if (!File.Exists(vocabulary))
        {
            throw new RunException($"Checkpoint '{folder}' has no {VocabularyFile}, by which captions are read.");
        }

        return new CaptionedData
        {
            Train = train,
            Validation = ClipSets.ForValidation(recipe, s_captions),
            Relevancy = CaptionRelevancy.Open(recipe),
            Encoder = BytePairTokenizer.Load(vocabulary),
            VocabularyPath = vocabulary,
            OpenSource = () => new VideoClipSource(),
        };
    }
}
