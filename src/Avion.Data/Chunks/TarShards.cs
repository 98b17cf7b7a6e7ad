using Avion.Video;

namespace Avion.Data;

/// <summary>Videos inside tar files, read in place: members <c>NAME.mp4</c>, or <c>NAME.mp4/0.mp4</c>, <c>15.mp4</c> … for
/// chunks.</summary>
/// <remarks>
/// The shards are listed once and never unpacked: a clip is read from its place in the shard, at random, so that shuffling and exact resume
/// are those of loose files. Members beside a video that say what it shows (<see cref="ShardAnnotations"/>) are annotations. Shards of
/// others may use a name again in another shard; such videos bear the shard's name before their own.
/// </remarks>
public sealed class TarShards : VideoStore
{
    private readonly VideoNames _names = new();
    private readonly List<List<(int Start, VideoSource Source)>> _chunks = [];
    private readonly List<string> _problems = [];
    private readonly List<ShardListing> _shards;
    private readonly HashSet<string> _repeated = new(StringComparer.Ordinal);
    private readonly int _chunkSeconds;

    /// <summary>Lists shards.</summary>
    /// <param name="shards">A tar file, several by a range in braces (<c>train-{0000..0127}.tar</c>), or a folder of them.</param>
    /// <param name="chunkSeconds">Length of a chunk where members are chunks; 0 for whole videos.</param>
    /// <exception cref="DataException">A shard is missing or is no tar file, or there is no video.</exception>
    public TarShards(string shards, int chunkSeconds = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(chunkSeconds);
        Location = shards;
        _chunkSeconds = chunkSeconds;
        _shards = ShardListing.ReadAll(ShardFiles.Of(shards));
        Dictionary<string, int> numbers = new(StringComparer.Ordinal);
        FindRepeated();
        foreach (ShardListing shard in _shards)
        {
            _problems.AddRange(shard.Problems);
            foreach (TarMember member in shard.Videos)
            {
                Add(shard, member, numbers);
            }
        }

        if (Count == 0)
        {
            throw new DataException(_problems.Count == 0
                ? $"'{shards}' has no members that are videos, such as NAME.mp4."
                : $"Nothing can be read of '{shards}': {_problems[0]}.");
        }

        _chunks.ForEach(chunks => chunks.Sort(static (a, b) => a.Start.CompareTo(b.Start)));
    }

    /// <inheritdoc/>
    public override string Location { get; }

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Names => _names.Paths;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Problems => _problems;

    /// <summary>Whether a path means shards: tar files by name, or a folder with tar files directly in it.</summary>
    public static bool Are(string path) => ShardFiles.Are(path);

    /// <summary>The clips that the shards' own members describe: whole videos, in ordinal order of their names.</summary>
    /// <exception cref="DataException">There is none, or a member is wrong.</exception>
    public ClipTable ReadAnnotations() => _chunkSeconds == 0
        ? ShardAnnotations.Read(Location, _shards, _repeated)
        : throw new DataException($"'{Location}' has chunks of {_chunkSeconds} s, which members cannot annotate. Name annotation files.");

    /// <inheritdoc/>
    internal override StoredVideo? TryFind(string name, out bool isShortened)
    {
        int number = _names.Find(name, out isShortened);
        if (number < 0)
        {
            return null;
        }

        List<(int Start, VideoSource Source)> chunks = _chunks[number];
        return _chunkSeconds == 0
            ? new StoredVideo(name, chunks[0].Source)
            : new StoredVideo(name, _chunkSeconds, [.. chunks.Select(chunk => chunk.Start)], [.. chunks.Select(chunk => chunk.Source)]);
    }

    /// <inheritdoc/>
    internal override double KnownEndSeconds(StoredVideo video, double? framesPerSecond) =>
        _chunkSeconds == 0 ? double.PositiveInfinity : video.StartOf(video.ChunkCount - 1) + _chunkSeconds;

    /// <inheritdoc/>
    protected override string WhyMissing(string name) => $"'{Location}' has {Count} videos, and none of that name."
        + (_problems.Count == 0 ? "" : $" Part of it cannot be read: {_problems[0]}.");

    private void FindRepeated()
    {
        if (_chunkSeconds == 0)
        {
            HashSet<string> names = new(StringComparer.Ordinal);
            foreach (TarMember member in _shards.SelectMany(shard => shard.Videos.DistinctBy(member => member.Name)))
            {
                if (!names.Add(member.Name))
                {
                    _repeated.Add(member.Name);
                }
            }
        }
    }

    private void Add(ShardListing shard, in TarMember member, Dictionary<string, int> numbers)
    {
        (string video, int start) = _chunkSeconds > 0 ? SplitChunk(shard, member.Name) : (shard.NameOf(member, _repeated), 0);
        if (!numbers.TryGetValue(video, out int number))
        {
            number = numbers[video] = Count;
            _names.Add(video);
            _chunks.Add([]);
        }
        else if (_chunkSeconds == 0 || _chunks[number].Exists(chunk => chunk.Start == start))
        {
            throw new DataException($"'{shard.Path}' has the member '{member.Name}' a second time, expected each video once in "
                + $"'{Location}'.");
        }

        _chunks[number].Add((start, new VideoSource(shard.Path, member.Offset, member.Length)));
    }

    private (string Video, int Start) SplitChunk(ShardListing shard, string name) =>
        VideoNames.IsChunk(name, out string video, out int start) && start % _chunkSeconds == 0
            ? (video, start)
            : throw new DataException($"'{shard.Path}' has the member '{name}', expected VIDEO.mp4/SECONDS.mp4 every {_chunkSeconds} s. "
                + "Set chunk_seconds to 0 for shards of whole videos, or to the length with which they were made.");
}
