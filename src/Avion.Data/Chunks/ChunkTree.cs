namespace Avion.Data;

/// <summary>Videos cut into chunks: <c>root/VIDEO.mp4/0.mp4</c>, <c>15.mp4</c>, <c>30.mp4</c> … for chunks of 15 seconds.</summary>
/// <remarks>
/// Each file is named after the second of the video at which it begins. The folder of a video is listed once, so no file is opened only
/// to learn whether it exists. The layout is that of LaViLa and AVION (Zhao et al. 2023, arXiv:2309.16669, section 3.2).
/// </remarks>
public sealed class ChunkTree : VideoStore
{
    private static readonly EnumerationOptions s_anyCase = new() { MatchCasing = MatchCasing.CaseInsensitive };

    private readonly string _root;
    private readonly int _chunkSeconds;
    private readonly string[] _extensions;

    /// <summary>Opens a tree.</summary>
    /// <param name="root">The folder that holds one folder a video.</param>
    /// <param name="chunkSeconds">Length of a chunk.</param>
    /// <param name="extension">
    /// Ending of folders and files, without dot and in any case; null takes "mp4". Capitals do not matter on disk either: EPIC-KITCHENS has
    /// <c>P01_11.MP4/0.MP4</c>, and what is prepared from it <c>P01_11.mp4/0.mp4</c>.
    /// </param>
    /// <exception cref="DataException">There is no such folder.</exception>
    public ChunkTree(string root, int chunkSeconds = 15, string? extension = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(chunkSeconds);
        _root = Path.GetFullPath(root);
        _chunkSeconds = chunkSeconds;
        string asked = (extension ?? "mp4").TrimStart('.');
        _extensions = [.. new[] { asked, asked.ToLowerInvariant(), asked.ToUpperInvariant() }.Distinct()];
        if (!Directory.Exists(_root))
        {
            throw new DataException($"There is no video folder '{_root}'. Give the folder that holds "
                + $"VIDEO.{_extensions[0]}/0.{_extensions[0]}.");
        }
    }

    /// <inheritdoc/>
    public override string Location => _root;

    /// <inheritdoc/>
    public override StoredVideo Find(string name)
    {
        // Lists name a video with its ending or without.
        string[] stems = _extensions.Contains(Path.GetExtension(name).TrimStart('.'))
            ? [name[..^Path.GetExtension(name).Length]]
            : [.. VideoName.StemsOf(name)];
        foreach (string stem in stems)
        {
            foreach (string extension in _extensions)
            {
                string folder = Path.Combine(_root, $"{stem}.{extension}");
                if (Directory.Exists(folder))
                {
                    return List(name, folder, extension);
                }
            }
        }

        throw new DataException(
            $"Video '{name}' is missing: there is no folder '{Path.Combine(_root, $"{stems[^1]}.{_extensions[0]}")}'. "
            + "Cut it with 'avion data prepare'.");
    }

    private StoredVideo List(string name, string folder, string extension)
    {
        string[] files = Directory.GetFiles(folder, $"*.{extension}", s_anyCase);
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
            throw new DataException($"Video '{name}' is missing: the folder '{folder}' has no chunk, expected '0.{extension}'. Cut it "
                + "with 'avion data prepare'.");
        }

        Array.Resize(ref starts, count);
        Array.Resize(ref sources, count);
        Array.Sort(starts, sources);
        return new StoredVideo(name, _chunkSeconds, starts, sources);
    }
}
