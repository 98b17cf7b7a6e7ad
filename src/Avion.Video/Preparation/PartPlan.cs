namespace Avion.Video;

/// <summary>
/// A run of whole chunks that one encoder makes. A long video is made of several parts, so that all cores work on it and a kill costs
/// minutes, not hours; the bytes of a chunk do not depend on how many run at once.
/// </summary>
/// <param name="Number">Number of the part in its video.</param>
/// <param name="FirstChunk">Number of its first chunk.</param>
/// <param name="ChunkCount">Number of its chunks; null for the last part, which goes on to the end of the video.</param>
internal sealed record Part(int Number, int FirstChunk, int? ChunkCount);

/// <summary>Cuts videos into parts.</summary>
internal static class PartPlan
{
    private const int PartSeconds = 120;

    /// <summary>A header that declares more than two weeks of chunks of 15 s is not believed; the video is then one part.</summary>
    private const int MaximumChunks = 100_000;

    /// <summary>The parts of a video. The declared duration decides where to cut, never how much is encoded.</summary>
    public static IReadOnlyList<Part> For(SourceFacts facts, PrepareOptions options)
    {
        int chunksPerPart = Math.Max(1, PartSeconds / options.ChunkSeconds);
        double? duration = facts.CanSeek ? facts.DurationSeconds : null;
        double declared = Math.Ceiling((duration ?? 0) / options.ChunkSeconds);
        int chunks = declared is >= 1 and <= MaximumChunks ? (int)declared : 1;
        List<Part> parts = [];
        for (int first = 0; first < chunks; first += chunksPerPart)
        {
            bool isLast = first + chunksPerPart >= chunks;
            parts.Add(new Part(parts.Count, first, isLast ? null : chunksPerPart));
        }

        return parts;
    }
}
