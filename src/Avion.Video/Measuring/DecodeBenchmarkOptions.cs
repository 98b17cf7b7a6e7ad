namespace Avion.Video;

/// <summary>What <see cref="DecodeBenchmark"/> reads, and how.</summary>
public sealed record DecodeBenchmarkOptions
{
    /// <summary>Videos; each is asked for the same number of clips.</summary>
    public required IReadOnlyList<string> Files { get; init; }

    /// <summary>Clips read in a measured round, after one warm-up round of the same clips.</summary>
    public int ClipCount { get; init; } = 64;

    /// <summary>Measured rounds; medians are reported.</summary>
    public int Rounds { get; init; } = 3;

    /// <summary>Frames of a clip, evenly spaced in its window.</summary>
    public int FramesPerClip { get; init; } = 4;

    /// <summary>Shortest window in seconds.</summary>
    public double ShortestSeconds { get; init; } = 1;

    /// <summary>Longest window in seconds.</summary>
    public double LongestSeconds { get; init; } = 2;

    /// <summary>Side of the square output in pixels.</summary>
    public int OutputSize { get; init; } = 224;

    public Interpolation Interpolation { get; init; } = Interpolation.Antialiased;

    /// <summary>Threads that read at the same time, each with its own reader.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>Draws windows and crops.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Settings of the readers.</summary>
    public ClipReaderOptions Reader { get; init; } = new();
}
