using System.Text.Json;
using System.Text.Json.Serialization;

namespace Avion.Video;

/// <summary>
/// A folder of tar shards and the list of what is in each (<c>shards.jsonl</c>, one line per finished shard). A video is never split
/// between shards; a shard whose video changed is taken apart and its other videos are packed again.
/// </summary>
internal sealed class ShardFolder
{
    public const string ListName = "shards.jsonl";
    private readonly string _path;
    private readonly List<ShardContents> _shards;
    private readonly Dictionary<string, ChunkManifest> _videos;

    private ShardFolder(string path, List<ShardContents> shards)
    {
        _path = path;
        _shards = shards;
        _videos = shards.SelectMany(shard => shard.Videos).ToDictionary(TargetOf, StringComparer.Ordinal);
    }

    private string ListPath => Path.Combine(_path, ListName);

    /// <summary>Reads the list of a folder; a missing one is empty.</summary>
    public static ShardFolder Open(string path)
    {
        string list = Path.Combine(path, ListName);
        List<ShardContents> shards = [];
        foreach (string line in File.Exists(list) ? File.ReadLines(list) : [])
        {
            // A line that a kill cut short names a shard whose videos still wait for being packed.
            if (TryParse(line) is { } contents && File.Exists(Path.Combine(path, contents.Shard)))
            {
                shards.Add(contents);
            }
        }

        return new ShardFolder(path, shards);
    }

    /// <summary>Whether a shard holds the chunks of a source, made with these settings.</summary>
    public bool Holds(SourceVideo source, PrepareOptions options) =>
        _videos.TryGetValue(source.Target, out ChunkManifest? manifest) && manifest.IsFor(source, options);

    /// <summary>Whether a shard holds a video of this name.</summary>
    public bool HoldsName(SourceVideo source) => _videos.ContainsKey(source.Target);

    /// <summary>Takes apart the shards that hold an older version of a source; their other videos go back to the unpacked tree.</summary>
    public void DropOutdated(IReadOnlyList<SourceVideo> sources, PrepareOptions options, string unpacked)
    {
        HashSet<string> outdated =
            [.. sources.Where(source => HoldsName(source) && !Holds(source, options)).Select(source => source.Target)];
        List<ShardContents> dropped = [.. _shards.Where(shard => shard.Videos.Any(video => outdated.Contains(TargetOf(video))))];
        foreach (ShardContents shard in dropped)
        {
            foreach (ChunkManifest kept in shard.Videos.Where(video => !outdated.Contains(TargetOf(video))))
            {
                Unpack(Path.Combine(_path, shard.Shard), kept, Path.Combine(unpacked, TargetOf(kept)));
            }

            _shards.Remove(shard);
            shard.Videos.ForEach(video => _videos.Remove(TargetOf(video)));
            DurableFiles.Write(ListPath, [.. _shards.SelectMany(LineOf)]);
            File.Delete(Path.Combine(_path, shard.Shard));
            File.Delete(Path.Combine(_path, shard.Shard + IndexFile.ShardSuffix));
        }
    }

    /// <summary>Packs a chunk tree into new shards, in the order of names, and removes from it what is packed.</summary>
    /// <returns>Number of shards written.</returns>
    public int Pack(string tree, long shardBytes, CancellationToken cancellation)
    {
        if (!Directory.Exists(tree))
        {
            return 0;
        }

        string[] folders =
        [
            .. Directory.EnumerateFiles(tree, ChunkManifest.FileName, SearchOption.AllDirectories)
                .Select(path => Path.GetDirectoryName(path)!).OrderBy(path => path, StringComparer.Ordinal),
        ];
        int written = 0;
        for (int next = 0; next < folders.Length; written++)
        {
            next = PackOne(tree, folders, next, shardBytes, cancellation);
        }

        foreach (string empty in Directory.EnumerateDirectories(tree, "*",
            SearchOption.AllDirectories).OrderByDescending(path => path.Length).ToArray())
        {
            if (Directory.GetFileSystemEntries(empty).Length == 0)
            {
                Directory.Delete(empty);
            }
        }

        return written;
    }

    private static string TargetOf(ChunkManifest manifest) => Path.ChangeExtension(manifest.Source, ".mp4");

    private static ShardContents? TryParse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, ShardContentsJson.Default.ShardContents);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static byte[] LineOf(ShardContents shard) =>
        [.. JsonSerializer.SerializeToUtf8Bytes(shard, ShardContentsJson.Default.ShardContents), (byte)'\n'];

    private int PackOne(string tree, string[] folders, int first, long shardBytes, CancellationToken cancellation)
    {
        int number = _shards.Count == 0 ? 0 : _shards.Max(shard => shard.Number) + 1;
        ShardContents contents = new() { Shard = $"shard-{number:000000}.tar", Number = number };
        using ShardWriter writer = new(Path.Combine(_path, contents.Shard));
        int next = first;
        for (long bytes = 0; next < folders.Length && (next == first || bytes < shardBytes); next++)
        {
            cancellation.ThrowIfCancellationRequested();
            ChunkManifest manifest = ChunkManifest.TryRead(folders[next])!;
            writer.Add(folders[next], Path.GetRelativePath(tree, folders[next]).Replace('\\', '/'));
            contents.Videos.Add(manifest);
            bytes += manifest.Bytes;
        }

        writer.Complete();
        DurableFiles.SyncFolder(_path);
        _shards.Add(contents);
        DurableFiles.Write(ListPath, [.. _shards.SelectMany(LineOf)]);
        for (int packed = first; packed < next; packed++)
        {
            DurableFiles.DeleteFolder(folders[packed]);
        }

        return next;
    }

    private static void Unpack(string shardPath, ChunkManifest manifest, string folder)
    {
        VideoShard shard = VideoShard.Open(shardPath);
        string temporary = folder + ".tmp";
        DurableFiles.DeleteFolder(temporary);
        Directory.CreateDirectory(temporary);
        using (IndexFileWriter index = new(Path.Combine(temporary, IndexFile.NameInFolder)))
        {
            for (int number = 0; number < manifest.Chunks; number++)
            {
                string name = manifest.NameOfChunk(number);
                VideoInfo info = shard.GetInfo($"{TargetOf(manifest)}/{name}");
                string copy = Path.Combine(temporary, name);
                CopyPart(info.Source, copy);
                index.Add(IndexRecord.Describe(name, new VideoSource(copy), info.Index, withChecksum: true));
            }

            index.Complete();
        }

        manifest.Write(temporary);
        DurableFiles.SyncFolder(temporary);
        DurableFiles.DeleteFolder(folder);
        Directory.Move(temporary, folder);
    }

    private static void CopyPart(in VideoSource source, string path)
    {
        using FileStream input = File.OpenRead(source.Path);
        using FileStream output = new(path, FileMode.Create, FileAccess.Write);
        input.Position = source.Offset;
        byte[] buffer = new byte[1 << 16];
        for (long left = source.Length; left > 0;)
        {
            int count = input.Read(buffer, 0, (int)Math.Min(buffer.Length, left));
            if (count == 0)
            {
                throw new EndOfStreamException($"The shard '{source.Path}' ends inside a member: it was cut short.");
            }

            output.Write(buffer, 0, count);
            left -= count;
        }

        output.Flush(flushToDisk: true);
    }
}

/// <summary>One line of <c>shards.jsonl</c>.</summary>
internal sealed record ShardContents
{
    public required string Shard { get; init; }

    public required int Number { get; init; }

    public List<ChunkManifest> Videos { get; init; } = [];
}

[JsonSerializable(typeof(ShardContents))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
internal sealed partial class ShardContentsJson : JsonSerializerContext;
