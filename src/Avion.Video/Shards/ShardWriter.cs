using System.Formats.Tar;
using System.Text.Json;

namespace Avion.Video;

/// <summary>
/// Writes folders of chunks into one tar file that WebDataset's tools read: POSIX ustar, three members per chunk, <c>KEY.mp4</c>,
/// <c>KEY.json</c> and <c>KEY.avidx</c> (its index), where KEY is the chunk's path in the chunk tree without <c>.mp4</c>. An index of all
/// chunks with their places in the tar goes beside it.
/// </summary>
internal sealed class ShardWriter : IDisposable
{
    private const int BlockBytes = 512;
    private const int MaximumName = 100;
    private const int MaximumPrefix = 155;
    private readonly string _path;
    private readonly string _temporaryPath;
    private readonly FileStream _stream;
    private readonly TarWriter _tar;
    private readonly List<(string Name, long Offset, IndexRecord Record)> _members = [];
    private bool _completed;

    public ShardWriter(string path)
    {
        _path = path;
        _temporaryPath = $"{path}.{Guid.NewGuid():N}.tmp";
        _stream = new FileStream(_temporaryPath, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16);
        _tar = new TarWriter(_stream, TarEntryFormat.Ustar, leaveOpen: true);
    }

    /// <summary>Adds the chunks of a video.</summary>
    /// <param name="folder">Its folder, with index and manifest.</param>
    /// <param name="target">The folder's path in the chunk tree, with forward slashes.</param>
    public void Add(string folder, string target)
    {
        ChunkManifest manifest = ChunkManifest.TryRead(folder) ??
            throw new InvalidDataException($"'{folder}' has no readable {ChunkManifest.FileName}; prepare its video again.");
        using IndexFile index = IndexFile.Open(Path.Combine(folder, IndexFile.NameInFolder));
        for (int number = 0; number < manifest.Chunks; number++)
        {
            string name = manifest.NameOfChunk(number);
            IndexRecord record =
                index.Find(name) ?? throw new InvalidDataException($"The index of '{folder}' lacks '{name}'; prepare its video again.");
            AddSample(folder, $"{target}/{name}", record, Describe(target, manifest, number, record.Index), manifest.SourceModified);
        }
    }

    /// <summary>Ends the tar, writes its index, and gives both their names.</summary>
    public void Complete()
    {
        _tar.Dispose();
        _stream.Flush(flushToDisk: true);
        _stream.Dispose();
        File.Move(_temporaryPath, _path, overwrite: true);
        long modified = File.GetLastWriteTimeUtc(_path).Ticks;
        using IndexFileWriter index = new(_path + IndexFile.ShardSuffix);
        foreach ((string name, long offset, IndexRecord record) in _members)
        {
            index.Add(record with { Name = name, Offset = offset, ModifiedTicks = modified });
        }

        index.Complete();
        _completed = true;
    }

    public void Dispose()
    {
        if (_completed)
        {
            return;
        }

        // On a full disk neither the end of the tar nor the last bytes can be written; the file goes anyway.
        foreach (IDisposable unfinished in (IDisposable[])[_tar, _stream])
        {
            try
            {
                unfinished.Dispose();
            }
            catch (IOException)
            {
            }
        }

        File.Delete(_temporaryPath);
    }

    private static SampleDescription Describe(string target, ChunkManifest manifest, int number, VideoIndex index)
    {
        _ = FrameRate.TryParse(manifest.FramesPerSecond, out FrameRate rate);
        return new SampleDescription
        {
            Video = target,
            StartSeconds = (double)number * manifest.ChunkSeconds,
            DurationSeconds = rate.SecondsOf(index.FrameCount),
            Frames = index.FrameCount,
            FramesPerSecond = manifest.FramesPerSecond,
            Width = manifest.Width,
            Height = manifest.Height,
        };
    }

    private void AddSample(string folder, string name, IndexRecord record, SampleDescription description, DateTime modified)
    {
        string key = name[..^".mp4".Length];
        using (FileStream video = File.OpenRead(Path.Combine(folder, Path.GetFileName(name))))
        {
            _members.Add((name, AddMember(name, video, modified), record));
        }

        AddMember($"{key}.json",
            new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(description, SampleDescriptionJson.Default.SampleDescription)), modified);
        AddMember($"{key}.avidx", new MemoryStream(IndexFileWriter.ToBytes(record)), modified);
    }

    /// <summary>Writes one member and returns where its bytes begin.</summary>
    private long AddMember(string name, Stream content, DateTime modified)
    {
        long length = content.Length;
        TarEntry entry = FitsUstar(name)
            ? new UstarTarEntry(TarEntryType.RegularFile, name)
            : new PaxTarEntry(TarEntryType.RegularFile, name);
        entry.ModificationTime = modified;
        entry.DataStream = content;
        _tar.WriteEntry(entry);
        return _stream.Position - ((length + BlockBytes - 1) / BlockBytes * BlockBytes);
    }

    /// <summary>
    /// Whether a name goes into the two fields of a ustar header, which hold its folder and its last part; a longer one needs an extended
    /// header.
    /// Some longer ones could be split at an earlier slash, but .NET's writer does not find all of those.
    /// </summary>
    private static bool FitsUstar(string name)
    {
        if (Encoding.UTF8.GetByteCount(name) <= MaximumName)
        {
            return true;
        }

        int slash = name.LastIndexOf('/');
        return slash > 0 && Encoding.UTF8.GetByteCount(name.AsSpan(0, slash)) <= MaximumPrefix &&
            Encoding.UTF8.GetByteCount(name.AsSpan(slash + 1)) <= MaximumName;
    }
}
