using System.Collections.Immutable;

namespace Avion.Video;

/// <summary>A video that could not be prepared.</summary>
/// <param name="Source">Its path below the source folder.</param>
/// <param name="Reason">Why.</param>
/// <param name="TimeSeconds">Where in the video, if known.</param>
public sealed record BadSource(string Source, string Reason, double? TimeSeconds);

/// <summary>What a run of <see cref="TreePreparation"/> did.</summary>
/// <param name="Videos">Videos found.</param>
/// <param name="Prepared">Videos prepared by this run.</param>
/// <param name="UpToDate">Videos whose chunks were there already.</param>
/// <param name="Bad">Videos that could not be prepared.</param>
/// <param name="Damaged">Damaged videos that were kept as far as they go, and damaged shards that were set aside.</param>
/// <param name="Chunks">Chunks written.</param>
/// <param name="VideoSeconds">Seconds of video prepared.</param>
/// <param name="SourceBytes">Bytes of the sources prepared.</param>
/// <param name="ChunkBytes">Bytes of the chunks written.</param>
/// <param name="Shards">Tar shards written.</param>
/// <param name="ElapsedSeconds">Wall time.</param>
public sealed record PrepareReport(
    int Videos, int Prepared, int UpToDate, IReadOnlyList<BadSource> Bad, IReadOnlyList<BadSource> Damaged, long Chunks,
    double VideoSeconds,
    long SourceBytes, long ChunkBytes, int Shards, double ElapsedSeconds)
{
    /// <summary>How many files were passed over because their names are not those of videos, by the endings of the names.</summary>
    public IReadOnlyDictionary<string, int> PassedOver { get; init; } = ImmutableSortedDictionary<string, int>.Empty;
}

/// <summary>How far a run is.</summary>
/// <param name="VideosDone">Videos that need nothing more: prepared, up to date or bad.</param>
/// <param name="Videos">Videos found.</param>
/// <param name="Bad">Bad ones among them.</param>
/// <param name="Fraction">Share of the work that is done, by bytes of source.</param>
/// <param name="SecondsLeft">Estimated time left; null before anything is known.</param>
public readonly record struct PrepareProgress(int VideosDone, int Videos, int Bad, double Fraction, double? SecondsLeft);

/// <summary>What a run would do with one video.</summary>
/// <param name="Source">Its path below the source folder.</param>
/// <param name="Target">Its folder of chunks below the destination.</param>
/// <param name="Action">What would be done.</param>
/// <param name="DurationSeconds">Its declared duration.</param>
/// <param name="Reason">Why it is bad, or null.</param>
public sealed record PlannedVideo(string Source, string Target, PlannedAction Action, double? DurationSeconds, string? Reason);

/// <summary>What a run would do with a video.</summary>
public enum PlannedAction
{
    /// <summary>Its chunks are there.</summary>
    Nothing,

    /// <summary>It would be prepared.</summary>
    Prepare,

    /// <summary>Its chunks are there, but the source or the settings changed: they would be made again.</summary>
    Again,

    /// <summary>It cannot be read.</summary>
    Refuse,
}
