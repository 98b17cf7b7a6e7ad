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
    private readonly Dictionary<ShardContents, string> _damaged = [];

    private ShardFolder(string path, List<ShardContents> shards)
    {
        _path = path;
        _shards = shards;
        _videos = new Dictionary<string, ChunkManifest>(StringComparer.Ordinal);
        foreach (ShardContents shard in shards)
        {
            if (DamageOf(shard) is { } damage)
            {
                _damaged[shard] = damage;
                continue;
            }

            shard.Videos.ForEach(video => _videos[TargetOf(video)] = video);
        }
    }

    private string ListPath => Path.Combine(_path, ListName);

    /// <summary>Reads the list of a folder; a missing one is empty.</summary>
    public static ShardFolder Open(string path)
    {
        string list = Path.Combine(path, ListName);
        FolderScope scope = new(path);
        List<ShardContents> shards = [];
        int number = 0;
        foreach (string line in FileStatus.Of(list).Kind == FileKind.Missing ? [] : RegularFile.ReadLines(list))
        {
            number++;
            // A line that a kill cut short names a shard whose videos still wait for being packed.
            if (TryParse(line) is { } contents)
            {
                Check(contents, scope, $"'{list}', line {number},");
                if (RegularFile.Exists(Path.Combine(path, contents.Shard)))
                {
                    shards.Add(contents);
                }
            }
        }

        return new ShardFolder(path, shards);
    }

    /// <summary>Whether a whole shard holds the chunks of a source, made with these settings.</summary>
    public bool Holds(SourceVideo source, PrepareOptions options) =>
        _videos.TryGetValue(source.Target, out ChunkManifest? manifest) && manifest.IsFor(source, options);

    /// <summary>Whether a shard holds a video of this name.</summary>
    public bool HoldsName(SourceVideo source) => _videos.ContainsKey(source.Target)
        || _damaged.Keys.Any(shard => shard.Videos.Exists(video => TargetOf(video) == source.Target));

    /// <summary>
    /// Takes damaged shards out of the list and gives them another name, so that their videos are made again and nothing that can still be
    /// read of them is lost.
    /// </summary>
    /// <param name="sources">The videos of this run.</param>
    /// <param name="lost">Receives the videos of damaged shards that this run has no source of.</param>
    /// <returns>The shards, with what is wrong with them.</returns>
    public IReadOnlyList<BadSource> SetAsideDamaged(IReadOnlyList<SourceVideo> sources, List<BadSource> lost)
    {
        HashSet<string> targets = [.. sources.Select(source => source.Target)];
        List<BadSource> told = [];
        foreach ((ShardContents shard, string damage) in _damaged.OrderBy(pair => pair.Key.Number))
        {
            // A list that names a shard which is not there is read without it, so the file goes first.
            string aside = SetAside(Path.Combine(_path, shard.Shard));
            _shards.Remove(shard);
            DurableFiles.Write(ListPath, [.. _shards.SelectMany(LineOf)]);
            told.Add(new BadSource(shard.Shard, $"{damage} Its videos are made again; what can be read of it is in "
                + $"'{Path.GetFileName(aside)}'", null));
            lost.AddRange(shard.Videos.Where(video => !targets.Contains(TargetOf(video)) && !_videos.ContainsKey(TargetOf(video)))
                .Select(video => new BadSource(video.Source, $"its chunks were in the damaged shard '{shard.Shard}', and this run has "
                    + $"no source to make them from. What can be read of them is in '{Path.GetFileName(aside)}'", null)));
        }

        _damaged.Clear();
        return told;
    }

    /// <summary>Takes apart the shards that hold an older version of a source; their other videos go back to the unpacked tree.</summary>
    /// <returns>Sources that cannot be replaced, because the shard that holds them is damaged.</returns>
    public IReadOnlyList<BadSource> DropOutdated(IReadOnlyList<SourceVideo> sources, PrepareOptions options, DestinationFolder folder)
    {
        Dictionary<string, SourceVideo> outdated = sources.Where(source => HoldsName(source) && !Holds(source, options))
            .ToDictionary(source => source.Target, StringComparer.Ordinal);
        List<ShardContents> dropped = [.. _shards.Where(shard => shard.Videos.Any(video => outdated.ContainsKey(TargetOf(video))))];
        List<BadSource> bound = [];
        foreach (ShardContents shard in dropped)
        {
            List<ChunkManifest> kept = [.. shard.Videos.Where(video => !outdated.ContainsKey(TargetOf(video)))];
            if (TryUnpack(shard, kept, folder) is { } damage)
            {
                bound.AddRange(shard.Videos.Where(video => outdated.ContainsKey(TargetOf(video))).Select(video =>
                    new BadSource(outdated[TargetOf(video)].Relative, $"the shard '{shard.Shard}' that holds its older chunks cannot be "
                        + $"taken apart: {damage}", null)));
                continue;
            }

            _shards.Remove(shard);
            shard.Videos.ForEach(video => _videos.Remove(TargetOf(video)));
            DurableFiles.Write(ListPath, [.. _shards.SelectMany(LineOf)]);
            File.Delete(Path.Combine(_path, shard.Shard));
            File.Delete(Path.Combine(_path, shard.Shard + IndexFile.ShardSuffix));
        }

        return bound;
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
            .. new FolderWalk(name => name == ChunkManifest.FileName, followsLinks: false).Walk(tree, cancellation)
                .Where(folder => folder.Files.Count > 0 && ChunkManifest.TryRead(folder.Path) is not null)
                .Select(folder => folder.Path).Where(folder => !RemoveIfPacked(tree, folder)).OrderBy(path => path, StringComparer.Ordinal),
        ];
        int written = 0;
        for (int next = 0; next < folders.Length; written++)
        {
            next = PackOne(tree, folders, next, shardBytes, cancellation);
        }

        EnumerationOptions realFolders = new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint };
        foreach (string empty in Directory.EnumerateDirectories(tree, "*", realFolders).OrderByDescending(path => path.Length).ToArray())
        {
            if (Directory.GetFileSystemEntries(empty).Length == 0)
            {
                Directory.Delete(empty);
            }
        }

        return written;
    }

    private static string TargetOf(ChunkManifest manifest) => Path.ChangeExtension(manifest.Source, ".mp4");

    /// <summary>The names of a line, which anybody may have written, must be those that packing gives.</summary>
    private static void Check(ShardContents contents, FolderScope scope, string place)
    {
        scope.Resolve(contents.Shard, place);
        if (contents.Number < 0 || contents.Shard != NameOf(contents.Number))
        {
            throw new InvalidDataException(
                $"{place} names the shard '{contents.Shard}', expected '{NameOf(Math.Max(0, contents.Number))}'. Nothing was touched; "
                + "remove that line.");
        }

        foreach (ChunkManifest? video in contents.Videos ?? throw new InvalidDataException($"{place} lacks its videos; remove that line."))
        {
            if (video is null || video.Contradiction() is not null)
            {
                throw new InvalidDataException(
                    $"{place} has a video that cannot be: {video?.Contradiction() ?? "null"}. Nothing was touched; remove that line.");
            }
        }
    }

    /// <summary>What is wrong with a shard, as a sentence; null where it has every chunk that was packed into it.</summary>
    private string? DamageOf(ShardContents contents)
    {
        string path = Path.Combine(_path, contents.Shard), index = path + IndexFile.ShardSuffix;
        try
        {
            VideoShard shard = VideoShard.Open(path);
            foreach (ChunkManifest video in contents.Videos)
            {
                for (int number = 0; number < video.Chunks; number++)
                {
                    string name = $"{TargetOf(video)}/{video.NameOfChunk(number)}";
                    if (!shard.TryFind(name, out _))
                    {
                        return $"It lacks '{name}'.";
                    }
                }
            }

            return RegularFile.Exists(index) ? ChangeSince(index, path) : null;
        }
        catch (Exception exception) when (exception is VideoException or IOException or InvalidDataException or UnauthorizedAccessException)
        {
            return exception.Message;
        }
    }

    private static string? ChangeSince(string indexPath, string shard)
    {
        try
        {
            using IndexFile index = IndexFile.Open(indexPath);
            return index.ReadAll()
                .FirstOrDefault(record => !record.IsUnchanged(new VideoSource(shard, record.Offset, record.Length))) is { } changed
                ? $"Its member '{changed.Name}' has changed since it was packed."
                : null;
        }
        catch (InvalidDataException)
        {
            // A damaged index says nothing of its shard.
            return null;
        }
    }

    private static string SetAside(string shard)
    {
        string aside = $"{shard}.damaged";
        for (int number = 2; FileStatus.Of(aside, followsLinks: false).Kind != FileKind.Missing; number++)
        {
            aside = $"{shard}.damaged-{number}";
        }

        File.Move(shard, aside);
        if (RegularFile.Exists(shard + IndexFile.ShardSuffix))
        {
            File.Move(shard + IndexFile.ShardSuffix, aside + IndexFile.ShardSuffix, overwrite: true);
        }

        return aside;
    }

    private static string NameOf(int number) => string.Create(CultureInfo.InvariantCulture, $"shard-{number:000000}.tar");

    /// <summary>Removes the chunks of a video that a shard holds already: a run was killed between listing the shard and tidying
    /// up.</summary>
    private bool RemoveIfPacked(string tree, string folder)
    {
        string target = Path.GetRelativePath(tree, folder).Replace(Path.DirectorySeparatorChar, '/');
        bool isPacked = _videos.TryGetValue(target, out ChunkManifest? packed) && packed == ChunkManifest.TryRead(folder);
        if (isPacked)
        {
            DurableFiles.DeleteFolder(folder);
        }

        return isPacked;
    }

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
        ShardContents contents = new() { Shard = NameOf(number), Number = number };
        using ShardWriter writer = new(Path.Combine(_path, contents.Shard));
        int next = first;
        for (long bytes = 0; next < folders.Length && (next == first || bytes < shardBytes); next++)
        {
            cancellation.ThrowIfCancellationRequested();
            ChunkManifest manifest = ChunkManifest.TryRead(folders[next])!;
            writer.Add(folders[next], Path.GetRelativePath(tree, folders[next]).Replace(Path.DirectorySeparatorChar, '/'));
            contents.Videos.Add(manifest);
            bytes += manifest.Bytes;
        }

        writer.Complete();
        DurableFiles.SyncFolder(_path);
        _shards.Add(contents);
        contents.Videos.ForEach(video => _videos[TargetOf(video)] = video);
        DurableFiles.Write(ListPath, [.. _shards.SelectMany(LineOf)]);
        for (int packed = first; packed < next; packed++)
        {
            DurableFiles.DeleteFolder(folders[packed]);
        }

        return next;
    }

    /// <summary>Takes videos out of a shard; what is wrong with it, or null. A shard that is damaged keeps all its videos.</summary>
    private string? TryUnpack(ShardContents contents, List<ChunkManifest> videos, DestinationFolder destination)
    {
        List<string> unpacked = [];
        FolderScope scope = new(destination.Unpacked);
        try
        {
            VideoShard shard = VideoShard.Open(Path.Combine(_path, contents.Shard));
            foreach (ChunkManifest video in videos)
            {
                string folder = scope.Resolve(TargetOf(video), $"'{ListPath}'");
                Unpack(shard, video, folder, destination.NewUnpackFolder());
                unpacked.Add(folder);
            }

            return null;
        }
        catch (Exception exception) when (exception is VideoException { Kind: not VideoErrorKind.LibraryMissing }
            or InvalidDataException or EndOfStreamException)
        {
            unpacked.ForEach(DurableFiles.DeleteFolder);
            return exception.Message;
        }
    }

    private static void Unpack(VideoShard shard, ChunkManifest manifest, string folder, string temporary)
    {
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
        Directory.CreateDirectory(Path.GetDirectoryName(folder)!);
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
