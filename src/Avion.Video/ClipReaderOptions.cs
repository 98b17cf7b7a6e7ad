namespace Avion.Video;

/// <summary>Settings of a <see cref="ClipReader"/>.</summary>
public sealed record ClipReaderOptions
{
    /// <summary>
    /// Seconds after which a clip is given up with <see cref="VideoErrorKind.DeadlineExceeded"/>; looked at before each packet. Zero: no
    /// limit.
    /// </summary>
    public double DeadlineSeconds { get; init; } = 60;

    /// <summary>
    /// Seconds after which opening a file is given up. Containers other than mp4 and mov are read from end to end when they are opened
    /// first, some of them decoded, so this is longer. Zero: no limit.
    /// </summary>
    public double IndexDeadlineSeconds { get; init; } = 600;

    /// <summary>
    /// Refuse a frame that the decoder could only produce by concealing damage (true), or accept what FFmpeg makes of it (false).
    /// </summary>
    public bool RejectDamage { get; init; } = true;

    /// <summary>Indexes of opened files, shared between the readers of a process. Null: <see cref="VideoInfoCache.Shared"/>.</summary>
    public VideoInfoCache? Cache { get; init; }

    /// <summary>Look for an index file beside each video before reading the container's own tables.</summary>
    public bool UseIndexFiles { get; init; } = true;

    /// <summary>Read every file through libavformat, also those that the indexed road knows: for comparisons.</summary>
    public bool ForceGeneralRoad { get; init; }
}
