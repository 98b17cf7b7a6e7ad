namespace Avion.Data;

/// <summary>A video as it lies on disk: one file, or chunks of equal length that follow each other.</summary>
public sealed class StoredVideo
{
    private readonly int[] _starts;
    private readonly VideoSource[] _sources;
    private double _framesPerSecond;

    /// <summary>A video in one piece.</summary>
    public StoredVideo(string name, VideoSource source)
        : this(name, 0, [0], [source])
    {
    }

    /// <summary>A video in chunks.</summary>
    /// <param name="name">Its name in the annotations.</param>
    /// <param name="chunkSeconds">Length of every chunk but the last; 0 for a video in one piece.</param>
    /// <param name="starts">Where each chunk begins, in seconds, ascending.</param>
    /// <param name="sources">The chunk that begins there.</param>
    public StoredVideo(string name, int chunkSeconds, int[] starts, VideoSource[] sources)
    {
        ArgumentOutOfRangeException.ThrowIfZero(starts.Length);
        ArgumentOutOfRangeException.ThrowIfNotEqual(sources.Length, starts.Length);
        (Name, ChunkSeconds, _starts, _sources) = (name, chunkSeconds, starts, sources);
    }

    /// <summary>A video in chunks that were found one by one; the parameters are those of the constructor.</summary>
    /// <exception cref="DataException">Two of them begin at one second.</exception>
    internal static StoredVideo OfChunks(string name, int chunkSeconds, int[] starts, VideoSource[] sources)
    {
        for (int chunk = 1; chunk < starts.Length; chunk++)
        {
            if (starts[chunk] == starts[chunk - 1])
            {
                throw new DataException($"'{sources[chunk - 1]}' and '{sources[chunk]}' are the same chunk of '{name}', expected one of "
                    + "them. Remove the other.");
            }
        }

        return new StoredVideo(name, chunkSeconds, starts, sources);
    }

    public string Name { get; }

    /// <summary>Length of every chunk but the last; 0 for a video in one piece.</summary>
    public int ChunkSeconds { get; }

    /// <summary>Chunks on disk.</summary>
    public int ChunkCount => _starts.Length;

    /// <summary>Where a chunk begins in the video, in seconds.</summary>
    public int StartOf(int chunk) => _starts[chunk];

    /// <summary>The file of a chunk.</summary>
    public VideoSource SourceOf(int chunk) => _sources[chunk];

    /// <summary>Number of the chunk that begins at a second; negative where there is none.</summary>
    public int ChunkAt(int startSeconds) => Array.BinarySearch(_starts, startSeconds);

    /// <summary>Number of the last chunk that begins at or before a second; -1 where there is none.</summary>
    public int LastChunkAt(double seconds)
    {
        int found = Array.BinarySearch(_starts, (int)Math.Clamp(Math.Floor(seconds), int.MinValue, int.MaxValue));
        return found >= 0 ? found : ~found - 1;
    }

    /// <summary>The rate that counts frames of the whole video: that of its first chunk, asked for once.</summary>
    public double FramesPerSecond(IClipSource videos)
    {
        double known = Volatile.Read(ref _framesPerSecond);
        if (known == 0)
        {
            known = videos.GetShape(_sources[0]).FramesPerSecond;
            if (!(known > 0))
            {
                throw new DataException($"'{_sources[0]}' has a rate of {known} frames a second, expected more than 0.");
            }

            Volatile.Write(ref _framesPerSecond, known);
        }

        return known;
    }
}
