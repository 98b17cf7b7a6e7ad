namespace Avion.Training;

/// <summary>What a run reads: opened by its task from a recipe, or by a program with data of its own.</summary>
public record TrainingData
{
    /// <summary>The clips to train on; null where data is for evaluation alone.</summary>
    public IClipDataset? Train { get; init; }

    /// <summary>The clips to evaluate on; null for none.</summary>
    public IClipDataset? Validation { get; init; }

    /// <summary>What annotations call each clip of <see cref="Validation"/>, such as EPIC-KITCHENS-100's narration ids; null where they
    /// have no names.</summary>
    public IReadOnlyList<string>? ClipIds { get; init; }

    /// <summary>Turns captions into tokens; null where none are read.</summary>
    public ICaptionEncoder? Encoder { get; init; }

    /// <summary>The vocabulary of the encoder; null where none is known.</summary>
    public VocabularyIdentity? Vocabulary { get; init; }

    /// <summary>What there is to train on beside clips, counted, such as <c>captions</c> or <c>classes</c>; told before training.</summary>
    public IReadOnlyList<(string What, long Count)> Counts { get; init; } = [];

    /// <summary>What is odd about the clips to train on, as sentences; told before training.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Makes a source of frames for each decode thread.</summary>
    public required Func<IClipSource> OpenSource { get; init; }

    /// <summary>Names a sample of <see cref="Validation"/> as its annotations do: the narration id, else the video and the times.</summary>
    /// <param name="sample">The sample.</param>
    /// <param name="viewsPerClip">Samples of a clip.</param>
    public string NameClip(long sample, int viewsPerClip)
    {
        int clip = checked((int)(sample / viewsPerClip));
        return ClipIds is { } ids && clip < ids.Count ? ids[clip] : Validation!.Describe(new SampleKey(0, 0, checked((int)sample)));
    }
}
