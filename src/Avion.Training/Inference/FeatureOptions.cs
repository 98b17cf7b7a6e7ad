namespace Avion.Training;

/// <summary>How clips are read for features.</summary>
public sealed record FeatureOptions
{
    /// <summary>Samples that go through the model at once. What comes out of a clip may depend on it in the last bits.</summary>
    public int BatchSize { get; init; } = 16;

    /// <summary>Threads that read videos; 0: one per processor.</summary>
    public int DecodeThreads { get; init; }

    /// <summary>V: views of a clip that take other frames of it.</summary>
    public int TemporalViews { get; init; } = 1;

    /// <summary>S: square crops along the long side of the frame; 1: the centre.</summary>
    public int Crops { get; init; } = 1;

    /// <summary>Gives each view a row of its own; otherwise a clip's views are averaged.</summary>
    public bool KeepsViews { get; init; }

    /// <summary>V·S, samples of a clip.</summary>
    public int Views => checked(TemporalViews * Crops);
}
