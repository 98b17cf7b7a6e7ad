namespace Avion.Data;

/// <summary>Finds videos by the names that annotations give them.</summary>
/// <remarks>
/// A name means the video whose path below the store is that name, with or without its ending, in capitals or not, and also with the ending
/// that it had before preparing (<c>a.avi</c> finds <c>a.mp4</c>). Where there is none, folders may be left out on either side
/// (<c>P01_11</c> and <c>/data/P01/P01_11.MP4</c> find <c>P01/P01_11.mp4</c>). The most literal reading wins; a name that means two videos
/// equally is refused.
/// </remarks>
public abstract class VideoStore
{
    /// <summary>Where the videos lie, for messages.</summary>
    public abstract string Location { get; }

    /// <summary>Videos that there are.</summary>
    public int Count => Names.Count;

    /// <summary>What is wrong with the store, in sentences without a full stop; the videos that are not named there can be read.</summary>
    public virtual IReadOnlyList<string> Problems => [];

    /// <summary>Opens the videos that lie somewhere: a folder of files or of chunks, a folder of tar shards, one shard, or several by a
    /// range in braces.</summary>
    /// <param name="videos">The folder or the shards.</param>
    /// <param name="chunkSeconds">Length of the chunks that videos are cut into; 0 for whole files.</param>
    /// <exception cref="DataException">There is nothing of that name, or nothing of it can be read.</exception>
    public static VideoStore Open(string videos, int chunkSeconds) =>
        TarShards.Are(videos) ? new TarShards(videos, chunkSeconds)
        : chunkSeconds > 0 ? new ChunkTree(videos, chunkSeconds)
        : new FileTree(videos);

    /// <summary>Finds a video; safe to call from several threads.</summary>
    /// <exception cref="DataException">There is no such video, or the name means two.</exception>
    public StoredVideo Find(string name) =>
        TryFind(name, out _) ?? throw new DataException($"Video '{name}' is missing: {WhyMissing(name)}");

    /// <summary>Every video as a clip of its own, whole, without caption or label, in ordinal order of their names: data that nobody has
    /// annotated.</summary>
    /// <exception cref="DataException">There is no video.</exception>
    public ClipTable ListWhole()
    {
        ClipTable table = new(Location);
        foreach (string name in Names.Order(StringComparer.Ordinal))
        {
            table.Add(name, ClipSpan.Whole);
        }

        return table.Count > 0 ? table
            : throw new DataException($"'{Location}' holds no video, expected files such as .mp4, .mkv, .webm or .avi in it or below it.");
    }

    /// <summary>Names of all videos.</summary>
    protected abstract IReadOnlyList<string> Names { get; }

    /// <summary>Why a video is missing, as a sentence.</summary>
    internal string Explain(string name) => $"Video '{name}': {WhyMissing(name)}";

    /// <summary>Finds a video; null where there is none. Safe to call from several threads.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="isShortened">The store knows the video by fewer folders than the name has, so
    /// that another name may mean it too.</param>
    /// <exception cref="DataException">The name means two videos, or the video is not stored as the store expects.</exception>
    internal abstract StoredVideo? TryFind(string name, out bool isShortened);

    /// <summary>When a video ends at the latest, in seconds, where that is known without opening it; infinity where it is not.</summary>
    /// <param name="video">The video.</param>
    /// <param name="framesPerSecond">The rate by which its times are counted; null for its own.</param>
    internal virtual double KnownEndSeconds(StoredVideo video, double? framesPerSecond) => double.PositiveInfinity;

    /// <summary>Whether what <see cref="KnownEndSeconds"/> says holds for the video as it lies on the disk now.</summary>
    internal virtual bool ConfirmsEnd(StoredVideo video) => true;

    /// <summary>What there is instead of a video, and what to do about it, as a sentence.</summary>
    protected abstract string WhyMissing(string name);
}
