namespace Avion.Dashboard;

/// <summary>Opens the clips that a run is evaluated on, seen by its own model. The board knows neither models nor videos;
/// who starts it does.</summary>
public interface IClipGalleryOpener
{
    /// <summary>Why there is nothing to look at in a run, known without computing; null where there may be.
    /// The text is for people.</summary>
    string? ObstacleOf(string runFolder) => null;

    /// <summary>Encodes all clips. This computes for as long as an evaluation does.</summary>
    /// <param name="runFolder">The run, whose best checkpoint is taken.</param>
    /// <param name="progress">Takes the share that is done, 0 to 1.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="Exception">The run has no checkpoint, or its data is not there; the message is for people.</exception>
    IClipGallery Open(string runFolder, Action<double> progress, CancellationToken cancellation);
}

/// <summary>Clips, what a model answers to each, and their pictures. Safe to call from several threads; once it is let go of, calls throw
/// <see cref="ObjectDisposedException"/>.</summary>
public interface IClipGallery : IDisposable
{
    /// <summary>The clips and the model's answers.</summary>
    GalleryContents Contents { get; }

    /// <summary>The frames of a clip that the model saw, side by side, as PNG or JPEG.</summary>
    /// <exception cref="IOException">The clip cannot be read; the message is for people.</exception>
    byte[] Picture(int clip, CancellationToken cancellation);

    /// <summary>Where a clip can be played from; null where a browser cannot play it, such as a part of an archive.</summary>
    PlayableClip? Play(int clip);

    /// <summary>The clips that a text finds, best first; of equal ones the smaller number.</summary>
    /// <exception cref="NotSupportedException">The model reads no text.</exception>
    FoundClips Search(string text, int count);
}

/// <summary>What a text finds.</summary>
/// <param name="Clips">Numbers of clips with their scores, larger is better.</param>
/// <param name="Note">What the reader should know of the text, such as that its end is not read; null where there is nothing.</param>
public sealed record FoundClips(IReadOnlyList<(int Clip, double Score)> Clips, string? Note);

/// <summary>A stretch of a video file.</summary>
public sealed record PlayableClip(string Path, double StartSeconds, double EndSeconds);

/// <summary>C clips and M answers (captions or classes) with the score of each pair.</summary>
public sealed record GalleryContents
{
    /// <summary>Which weights answered, such as <c>step-000736, the best</c>.</summary>
    public required string Weights { get; init; }

    /// <summary>What answers are: <c>caption</c> or <c>class</c>.</summary>
    public required string AnswerKind { get; init; }

    /// <summary>Name of each clip: video and times, [C].</summary>
    public required IReadOnlyList<string> Clips { get; init; }

    /// <summary>Text of each answer, [M].</summary>
    public required IReadOnlyList<string> Answers { get; init; }

    /// <summary>Scores [C, M], larger is better.</summary>
    public required float[] Scores { get; init; }

    /// <summary>How right each answer is for each clip, above 0 where it is, [C, M]; null: see <see cref="Truth"/>.</summary>
    public float[]? Relevancies { get; init; }

    /// <summary>The right answer of each clip, -1 where unknown, [C]; null: see <see cref="Relevancies"/>.</summary>
    public IReadOnlyList<int>? Truth { get; init; }

    /// <summary>What the map shows: vectors of the clips, [C, E].</summary>
    public required float[] Embeddings { get; init; }

    /// <summary>E.</summary>
    public required int EmbeddingSize { get; init; }

    /// <summary>Frames of a picture.</summary>
    public required int FramesPerPicture { get; init; }

    /// <summary>Whether texts can be searched for.</summary>
    public bool ReadsText { get; init; }

    /// <summary>Whether an answer is right for a clip.</summary>
    public bool IsRight(int clip, int answer) =>
        Relevancies is { } relevancies ? relevancies[((long)clip * Answers.Count) + answer] > 0 : Truth?[clip] == answer;
}
