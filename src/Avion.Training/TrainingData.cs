namespace Avion.Training;

/// <summary>What a run reads: made from a recipe by <see cref="RecipeData"/>, or by a program with data of its own.</summary>
public sealed record TrainingData
{
    /// <summary>The clips to train on; null where data is for evaluation alone.</summary>
    public IClipDataset? Train { get; init; }

    /// <summary>The clips to evaluate on; null for none.</summary>
    public IClipDataset? Validation { get; init; }

    /// <summary>Captions to search with and their relevance to the clips of
    /// <see cref="Validation"/>; null: the clips' own captions.</summary>
    public CaptionRelevancy? Relevancy { get; init; }

    /// <summary>Turns captions into tokens.</summary>
    public required ICaptionEncoder Encoder { get; init; }

    /// <summary>File of the vocabulary that <see cref="Encoder"/> uses, which checkpoints carry along; null when there is none.</summary>
    public string? VocabularyPath { get; init; }

    /// <summary>Makes a source of frames for each decode thread.</summary>
    public required Func<IClipSource> OpenSource { get; init; }
}
