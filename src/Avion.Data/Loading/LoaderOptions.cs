namespace Avion.Data;

/// <summary>How clips are made into batches.</summary>
public sealed record LoaderOptions
{
    /// <summary>T: frames of a clip.</summary>
    public required int FrameCount { get; init; }

    /// <summary>H: rows of a frame.</summary>
    public int Height { get; init; } = 224;

    /// <summary>W: columns of a frame.</summary>
    public int Width { get; init; } = 224;

    /// <summary>Longest caption in tokens, with start and end; 0 leaves captions out. CLIP's is 77.</summary>
    public int ContextLength { get; init; } = 77;

    /// <summary>Decode threads; 0 takes one per processor.</summary>
    public int DecodeThreads { get; init; }

    /// <summary>Batches made ahead of the one in use. Memory: (BatchesAhead + BatchesHeld)·B·T·3·H·W bytes, and no more.</summary>
    public int BatchesAhead { get; init; } = 2;

    /// <summary>Batches that the consumer may hold undisposed at one time.</summary>
    public int BatchesHeld { get; init; } = 2;

    /// <summary>Longest time for one clip; a clip that takes longer counts as bad. A guard against files that hang, far above what any
    /// good clip takes: only then is the content of batches independent of the machine's speed.</summary>
    public double ClipDeadlineSeconds { get; init; } = 60;

    /// <summary>What happens with clips that cannot be read.</summary>
    public BadClipPolicy BadClips { get; init; } = BadClipPolicy.Replace;

    /// <summary>Share of bad clips above which the loader fails, once <see cref="BadClipAllowance"/> are bad.</summary>
    public double MaximumBadFraction { get; init; } = 0.02;

    /// <summary>Bad clips that are accepted whatever their share, so that one bad file early in a run does not end it.</summary>
    public int BadClipAllowance { get; init; } = 20;

    /// <summary>What is done to the pixels of each clip after it was read, one after the other; for training.</summary>
    public IReadOnlyList<IClipAugmentation> Augmentations { get; init; } = [];

    internal int Threads => DecodeThreads > 0 ? DecodeThreads : Environment.ProcessorCount;

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(FrameCount);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Height);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Width);
        ArgumentOutOfRangeException.ThrowIfNegative(ContextLength);
        ArgumentOutOfRangeException.ThrowIfNegative(DecodeThreads);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(BatchesAhead);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(BatchesHeld);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(ClipDeadlineSeconds);
        ArgumentOutOfRangeException.ThrowIfNegative(MaximumBadFraction);
        ArgumentOutOfRangeException.ThrowIfNegative(BadClipAllowance);
    }
}
