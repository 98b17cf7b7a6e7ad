namespace Avion.Training;

/// <summary>How far an extraction is.</summary>
/// <param name="Clips">Clips done, those of earlier runs included.</param>
/// <param name="ClipCount">All clips.</param>
/// <param name="Unreadable">Clips that could not be read.</param>
/// <param name="Statistics">How fast it goes.</param>
public readonly record struct ExtractionProgress(long Clips, long ClipCount, long Unreadable, FeatureStatistics Statistics);

/// <summary>What an extraction came to.</summary>
public sealed record ExtractionResult
{
    /// <summary>Clips of the list.</summary>
    public required int ClipCount { get; init; }

    /// <summary>Rows of features.</summary>
    public required int RowCount { get; init; }

    /// <summary>Clips without features.</summary>
    public required int UnreadableClips { get; init; }

    /// <summary>Clips that an earlier run had done.</summary>
    public required int ResumedClips { get; init; }

    /// <summary>What was written, in the folder.</summary>
    public required IReadOnlyList<string> Files { get; init; }

    /// <summary>How fast this run was; nothing where an earlier run had done all.</summary>
    public required FeatureStatistics Statistics { get; init; }

    /// <summary>Managed memory that the process took while this run computed; most of it was free again at once.</summary>
    public required long AllocatedBytes { get; init; }

    /// <summary>The first thousand videos and clips that could not be read.</summary>
    public required IReadOnlyList<Unreadable> Failures { get; init; }
}

/// <summary>A video or a clip that could not be read.</summary>
/// <param name="File">The video.</param>
/// <param name="Span">The part of it; whole where nothing of it can be read.</param>
/// <param name="Reason">What is wrong.</param>
public readonly record struct Unreadable(string File, ClipSpan Span, string Reason);
