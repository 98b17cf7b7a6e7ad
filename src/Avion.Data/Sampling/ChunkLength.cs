namespace Avion.Data;

/// <summary>Refuses a stated length of chunks that is not the one with which they were cut, although their names allow it.</summary>
/// <remarks>Names contradict a length that is too long: a chunk begins within another. A length that is too short is contradicted by the
/// headers: of the first chunks of up to 16 videos, evenly spread, more than half are longer than stated by over a quarter. Only mp4 and
/// mov tell. Where <c>avion data prepare</c> has written the length beside the chunks, that is compared exactly.</remarks>
internal static class ChunkLength
{
    private const int MostHeaders = 16;

    // Chunks that were cut without encoding end at a key frame.
    private const double Slack = 1.25;

    /// <exception cref="DataException">The chunks have another length.</exception>
    public static void Require(VideoStore store, IReadOnlyList<StoredVideo?> videos)
    {
        StoredVideo[] cut = [.. videos.OfType<StoredVideo>().Where(video => video.ChunkSeconds > 0)];
        int looks = Math.Min(cut.Length, MostHeaders), told = 0;
        List<(StoredVideo Video, double Seconds)> longer = [];
        for (int look = 0; look < looks; look++)
        {
            StoredVideo video = cut[(int)((long)look * cut.Length / looks)];
            RequireWritten(store, video);
            if (HeaderLength.Of(video.SourceOf(0)) is { } length)
            {
                told++;
                if (length.Seconds > Slack * video.ChunkSeconds)
                {
                    longer.Add((video, length.Seconds));
                }
            }
        }

        if (2 * longer.Count <= told)
        {
            return;
        }

        (StoredVideo first, double seconds) = longer[0];
        string followed = longer.Find(each => each.Video.ChunkCount > 1).Video is { } several
            ? $"{several.StartOf(1) - several.StartOf(0)}, at which the next chunk of '{several.Name}' begins"
            : "the length with which they were cut";
        throw new DataException(FormattableString.Invariant($"'{first.SourceOf(0)}' has {seconds:F2} s, ")
            + $"but chunk_seconds is {first.ChunkSeconds}, and {longer.Count} of {told} chunks of '{store.Location}' that were looked at "
            + $"are longer than that. Set chunk_seconds to {followed}; 0 is for videos in one file each.");
    }

    private static void RequireWritten(VideoStore store, StoredVideo video)
    {
        if (store is ChunkTree && Path.GetDirectoryName(video.SourceOf(0).Path) is { } folder
            && ChunkManifest.TryRead(folder) is { } manifest && manifest.ChunkSeconds > video.ChunkSeconds)
        {
            throw new DataException($"'{folder}' has chunks of {manifest.ChunkSeconds} s, as its {ChunkManifest.FileName} says, "
                + $"but chunk_seconds is {video.ChunkSeconds}. Set chunk_seconds to {manifest.ChunkSeconds}.");
        }
    }
}
