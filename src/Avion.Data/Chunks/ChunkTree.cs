namespace Avion.Data;

/// <summary>Videos cut into chunks: <c>root/VIDEO.mp4/0.mp4</c>, <c>15.mp4</c>, <c>30.mp4</c> … for chunks of 15 seconds.</summary>
/// <remarks>
/// Each file is named after the second of the video at which it begins; capitals of endings do not matter: EPIC-KITCHENS has
/// <c>P01_11.MP4/0.MP4</c>, and what is prepared from it <c>P01_11.mp4/0.mp4</c>. Folders are listed once, so no file is opened only to
/// learn whether it exists. The layout is that of LaViLa and AVION (Zhao et al. 2023, arXiv:2309.16669, section 3.2).
/// </remarks>
public sealed class ChunkTree : VideoStore
{
    private readonly string _root;
    private readonly int _chunkSeconds;
    private readonly VideoNames _names;

    /// <summary>Lists the videos of a tree.</summary>
    /// <param name="root">The folder that holds one folder a video, at any depth.</param>
    /// <param name="chunkSeconds">Length of a chunk.</param>
    /// <exception cref="DataException">There is no such folder.</exception>
    public ChunkTree(string root, int chunkSeconds = 15)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(chunkSeconds);
        _root = Path.GetFullPath(root);
        _chunkSeconds = chunkSeconds;
        _names = Directory.Exists(_root)
            ? VideoWalk.Find(_root, areFolders: true)
            : throw new DataException($"There is no video folder '{_root}'. Give the folder that holds VIDEO.mp4/0.mp4.");
    }

    /// <inheritdoc/>
    public override string Location => _root;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Problems => _names.Problems;

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Names => _names.Paths;

    /// <inheritdoc/>
    internal override StoredVideo? TryFind(string name, out bool isShortened)
    {
        int number = _names.Find(name, out isShortened);
        return number < 0 ? null : List(name, Path.Combine(_root, _names.Paths[number]));
    }

    /// <summary>The last chunk may be shorter, so this is the latest end.</summary>
    internal override double KnownEndSeconds(StoredVideo video, double? framesPerSecond) =>
        video.StartOf(video.ChunkCount - 1) + _chunkSeconds;

    /// <inheritdoc/>
    protected override string WhyMissing(string name) =>
        _names.Find(name, out _) is >= 0 and int number ? $"the folder '{Path.Combine(_root, _names.Paths[number])}' has no chunk, "
            + "expected '0.mp4'. Cut it with 'avion data prepare'."
        : Count == 0 ? $"'{_root}' has no folders of chunks, such as VIDEO.mp4/0.mp4. Cut the videos with 'avion data prepare', or set "
            + "chunk_seconds to 0 for videos in one file each."
        : $"'{_root}' has {Count} folders of chunks, and none of that name. Cut it with 'avion data prepare'.";

    private StoredVideo? List(string name, string folder)
    {
        string[] files = [.. Directory.GetFiles(folder).Where(file => VideoNames.IsVideoEnding(Path.GetExtension(file.AsSpan())))];
        int[] starts = new int[files.Length];
        VideoSource[] sources = new VideoSource[files.Length];
        int count = 0;
        foreach (string file in files)
        {
            // Other files (an index, a half-written chunk) may lie beside the chunks.
            if (int.TryParse(Path.GetFileNameWithoutExtension(file), NumberStyles.None, CultureInfo.InvariantCulture, out int start))
            {
                if (start % _chunkSeconds != 0)
                {
                    throw new DataException(
                        $"'{file}' begins at {start} s, expected a multiple of {_chunkSeconds} s. Set the chunk length with which the "
                        + "tree was made.");
                }

                starts[count] = start;
                sources[count++] = new VideoSource(file);
            }
        }

        if (count == 0)
        {
            return null;
        }

        Array.Resize(ref starts, count);
        Array.Resize(ref sources, count);
        Array.Sort(starts, sources);
        return StoredVideo.OfChunks(name, _chunkSeconds, starts, sources);
    }
}
