namespace Avion.Training;

/// <summary>A part of a step between uploads of the host, with all that decides which calls it makes: two of them that are equal do the
/// same on the device, but for what they read there.</summary>
/// <param name="Name">What is computed.</param>
/// <param name="Part">Which part of the batch; -1 for all of it.</param>
internal readonly record struct StepSection(string Name, int Part = StepSection.WholeBatch)
{
    public const int WholeBatch = -1;

    /// <summary>Sizes of the clips and captions that are computed.</summary>
    public int Clips { get; init; }

    public int Tokens { get; init; }

    public int Captions { get; init; }

    public int LongestCaption { get; init; }

    /// <summary>Whether patch dropout pauses.</summary>
    public bool KeepsAllPatches { get; init; }

    /// <summary>What the task counted while it prepared.</summary>
    public (int, int, int) PreparedCounts { get; init; }

    /// <summary>Where the batch lies.</summary>
    public (nint Pixels, nint TokenIds, nint Captions) Places { get; init; }

    /// <summary>Which memory the tape's tensors lie in.</summary>
    public int MemoryGeneration { get; init; }

    /// <summary>The section of a batch, or of a part of it.</summary>
    public static StepSection Of(string name, int part, in BatchTensors batch, Tape tape, TrainingTask task) => new(name, part)
    {
        Clips = batch.Count,
        Tokens = (int)batch.TokenIds.Count,
        Captions = batch.Captions.Count,
        LongestCaption = batch.Captions.LongestLength,
        KeepsAllPatches = tape.Context.KeepsAllPatches,
        PreparedCounts = task.PreparedCounts,
        Places = (batch.Pixels.Data, batch.TokenIds.Data, batch.Captions.FirstRows.Data),
        MemoryGeneration = tape.Arena.Generation,
    };

    /// <summary>Sections of a step: the passes over its parts, and the update.</summary>
    public static int CountOf(TrainingTask task, int partCount) =>
        1 + (partCount > 1 && task is IFeatureTask ? (2 * partCount) + 1 : partCount);
}
