using Avion.Video;

namespace Avion.Data;

/// <summary>Videos that somebody names as they lie: files, folders of files and of chunk folders, tar shards, in any mixture.</summary>
/// <remarks>
/// A file keeps the name that it was given, one of a folder the folder's name before its own. A folder that is named like a video and holds
/// <c>0.mp4</c>, <c>15.mp4</c> … is one video, whose chunks have the length that <c>source.json</c> beside them tells, else the largest
/// that their names allow. A file that is named twice is there once.
/// </remarks>
public sealed class NamedVideos : VideoStore
{
    private readonly Dictionary<string, StoredVideo> _videos = new(StringComparer.Ordinal);
    private readonly VideoNames _names = new();
    private readonly HashSet<VideoSource> _seen = [];
    private readonly List<string> _problems = [];

    /// <summary>Lists what is named.</summary>
    /// <param name="paths">Files, folders and shards.</param>
    /// <exception cref="DataException">There is nothing of a name, or a folder that is named cannot be listed.</exception>
    public NamedVideos(params IReadOnlyList<string> paths)
    {
        Location = string.Join(", ", paths);
        foreach (string path in paths)
        {
            List(path);
        }
    }

    /// <inheritdoc/>
    public override string Location { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> Problems => _problems;

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Names => _names.Paths;

    /// <inheritdoc/>
    internal override StoredVideo? TryFind(string name, out bool isShortened)
    {
        isShortened = false;
        if (_videos.TryGetValue(name, out StoredVideo? video))
        {
            return video;
        }

        int number = _names.Find(name, out isShortened);
        return number >= 0 ? _videos[_names.Paths[number]]
            : Path.IsPathRooted(name) && RegularFile.Exists(name) ? new StoredVideo(name, new VideoSource(name))
            : null;
    }

    /// <inheritdoc/>
    protected override string WhyMissing(string name) => $"'{Location}' has {Count} videos, and none of that name.";

    private void List(string path)
    {
        if (TarShards.Are(path))
        {
            TarShards shards = new(path);
            _problems.AddRange(shards.Problems);
            Add(shards.ListWhole().Videos.Select(name => (Below(path, name), shards.Find(name).SourceOf(0))));
        }
        else if (Directory.Exists(path))
        {
            VideoNames found = VideoWalk.Find(Path.GetFullPath(path), areFolders: false);
            _problems.AddRange(found.Problems);
            Add(found.Paths.Select(name => (Below(path, name), new VideoSource(Path.GetFullPath(Path.Combine(path, name))))));
        }
        else if (Path.Exists(path))
        {
            Add([(path, new VideoSource(Path.GetFullPath(path)))]);
        }
        else
        {
            throw new DataException($"There is no file or folder '{path}', expected a video, a folder of videos or tar shards. "
                + "Check the path.");
        }
    }

    private static string Below(string folder, string name) => $"{folder.TrimEnd('/', '\\')}/{name}";

    /// <summary>Adds files in their order; those that are chunks of one video where the first of them stands.</summary>
    private void Add(IEnumerable<(string Name, VideoSource Source)> files)
    {
        List<(string Name, VideoSource Source)> all = [.. files];
        Dictionary<string, List<(int Start, VideoSource Source)>> chunks = new(StringComparer.Ordinal);
        foreach ((string name, VideoSource source) in all)
        {
            if (VideoNames.IsChunk(name, out string video, out int start))
            {
                (chunks.TryGetValue(video, out List<(int, VideoSource)>? found) ? found : chunks[video] = []).Add((start, source));
            }
        }

        foreach ((string name, VideoSource source) in all)
        {
            if (!VideoNames.IsChunk(name, out string video, out _))
            {
                Add(name, source, new StoredVideo(name, source));
            }
            else if (chunks.Remove(video, out List<(int Start, VideoSource Source)>? cut))
            {
                cut.Sort(static (a, b) => a.Start.CompareTo(b.Start));
                Add(video, cut[0].Source, StoredVideo.OfChunks(
                    video, ChunkSeconds(cut), [.. cut.Select(chunk => chunk.Start)], [.. cut.Select(chunk => chunk.Source)]));
            }
        }
    }

    private void Add(string name, VideoSource first, StoredVideo video)
    {
        if (_seen.Add(first) && _videos.TryAdd(name, video))
        {
            _names.Add(name);
        }
    }

    /// <summary>Length of a video's chunks; 0 for a single one from the beginning on, which is as good as a file.</summary>
    private static int ChunkSeconds(List<(int Start, VideoSource Source)> chunks)
    {
        if (chunks[0].Source.IsWholeFile && Path.GetDirectoryName(chunks[0].Source.Path) is { } folder
            && ChunkManifest.TryRead(folder) is { } manifest && chunks.TrueForAll(chunk => chunk.Start % manifest.ChunkSeconds == 0))
        {
            return manifest.ChunkSeconds;
        }

        return chunks.Aggregate(0, (common, chunk) => (int)System.Numerics.BigInteger.GreatestCommonDivisor(common, chunk.Start));
    }
}
