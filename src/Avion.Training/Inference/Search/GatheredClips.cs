namespace Avion.Training;

/// <summary>Clips to search in.</summary>
public sealed class GatheredClips : IDisposable
{
    /// <summary>The clips that have a vector.</summary>
    public required ClipIndex Index { get; init; }

    /// <summary>Clips whose vector was known already.</summary>
    public int CachedClips { get; init; }

    /// <summary>Clips that were read; those that could not be are not counted.</summary>
    public int ReadClips { get; init; }

    /// <summary>Videos that cannot be opened.</summary>
    public IReadOnlyList<BadVideo> BadVideos { get; init; } = [];

    /// <summary>Clips that cannot be read.</summary>
    public IReadOnlyList<UnreadableClip> Unreadable { get; init; } = [];

    /// <summary>What the set lacks that the clips are of; null where nothing is known to be missing.</summary>
    public MissingFeatures? Missing { get; init; }

    /// <summary>How fast clips were read; empty where all were known.</summary>
    public FeatureStatistics Statistics { get; init; }

    /// <summary>Clips whose vectors lie in a set.</summary>
    /// <param name="set">Vectors of length 1.</param>
    /// <param name="threads">Threads that search; 0: one per processor.</param>
    public static GatheredClips Of(FeatureSet set, int threads = 0)
    {
        ClipIndex index = new(set.Outputs[0].Size, threads);
        for (int row = 0; row < set.Count; row++)
        {
            index.Add(set.Rows[row], set.Values(0, row));
        }

        return new GatheredClips { Index = index, CachedClips = index.ClipCount, Missing = set.Missing };
    }

    /// <inheritdoc/>
    public void Dispose() => Index.Dispose();
}
