namespace Avion.Video;

/// <summary>Settings of <see cref="TreeVerification"/>.</summary>
public sealed record VerifyOptions
{
    /// <summary>Look at structure only: tables, sizes, the headers of the packets at which decoding
    /// begins. Otherwise every frame is decoded.</summary>
    public bool IsQuick { get; init; }

    /// <summary>
    /// Frames of each video that are read alone, as training reads them, and compared with the pass from front to back; 0 for none.
    /// </summary>
    public int Reads { get; init; } = 8;

    /// <summary>What the choice of those frames is drawn from, with the video's name.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Files that are checked at once.</summary>
    public int Jobs { get; init; } = Environment.ProcessorCount;

    /// <summary>Make indexes anew that are stale or damaged.</summary>
    public bool Fix { get; init; }

    /// <summary>A text file with one path per line, below the tree, that must exist; null for none.</summary>
    public string? ExpectedList { get; init; }

    /// <summary>Where finished files are noted, so that a stopped run goes on; null for <c>.avion-verify.jsonl</c> in the tree.</summary>
    public string? Journal { get; init; }

    /// <summary>Time after which a file is given up, beside twice its duration.</summary>
    public double DeadlineSeconds { get; init; } = 120;
}
