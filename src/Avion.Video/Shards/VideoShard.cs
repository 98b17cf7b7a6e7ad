using System.Formats.Tar;

namespace Avion.Video;

/// <summary>
/// The chunks in a tar shard, read by their place in the file without unpacking. The index beside the shard tells all of them at once;
/// without it the tar's headers are walked and each chunk's own tables are read when it is asked for. Immutable; safe for threads.
/// </summary>
public sealed class VideoShard
{
    private readonly Dictionary<string, (VideoSource Source, VideoIndex? Index)> _members;

    private VideoShard(string path, Dictionary<string, (VideoSource, VideoIndex?)> members, List<ShardMember> ordered)
    {
        Path = path;
        _members = members;
        Members = ordered;
    }

    /// <summary>The tar file.</summary>
    public string Path { get; }

    /// <summary>All chunks, in the order of the file.</summary>
    public IReadOnlyList<ShardMember> Members { get; }

    /// <summary>Reads the list of chunks of a shard.</summary>
    /// <exception cref="VideoException">There is no such file, or it is no tar file.</exception>
    public static VideoShard Open(string path)
    {
        if (!File.Exists(path))
        {
            throw new VideoException(VideoErrorKind.NotFound, path, $"Cannot open the shard '{path}': no such file.");
        }

        return FromIndex(path) ?? FromHeaders(path);
    }

    /// <summary>Where a chunk lies; false when the shard has none of this name.</summary>
    public bool TryFind(string name, out VideoSource source)
    {
        bool found = _members.TryGetValue(name, out (VideoSource Source, VideoIndex? Index) member);
        source = member.Source;
        return found;
    }

    /// <summary>What is known of a chunk, for <see cref="ClipReader"/>.</summary>
    /// <exception cref="VideoException">The shard has none of this name, or its bytes are no video.</exception>
    public VideoInfo GetInfo(string name)
    {
        if (!_members.TryGetValue(name, out (VideoSource Source, VideoIndex? Index) member))
        {
            throw new VideoException(VideoErrorKind.NotFound, Path,
                $"The shard '{Path}' has no member '{name}'; its first is '{FirstName}'.");
        }

        return member.Index is { } index ? new VideoInfo(member.Source, index) : ContainerIndex.Read(member.Source);
    }

    private string FirstName => Members.Count > 0 ? Members[0].Name : "(none)";

    private static VideoShard? FromIndex(string path)
    {
        string indexPath = path + IndexFile.ShardSuffix;
        if (!File.Exists(indexPath))
        {
            return null;
        }

        Dictionary<string, (VideoSource, VideoIndex?)> members = new(StringComparer.Ordinal);
        List<ShardMember> ordered = [];
        try
        {
            using IndexFile file = IndexFile.Open(indexPath);
            foreach (IndexRecord record in file.ReadAll())
            {
                VideoSource source = new(path, record.Offset, record.Length);
                if (!record.IsCurrent(source))
                {
                    return null;
                }

                members[record.Name] = (source, record.Index);
                ordered.Add(new ShardMember(record.Name, source));
            }
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException)
        {
            // The tar itself says the same.
            return null;
        }

        return new VideoShard(path, members, ordered);
    }

    private static VideoShard FromHeaders(string path)
    {
        Dictionary<string, (VideoSource, VideoIndex?)> members = new(StringComparer.Ordinal);
        List<ShardMember> ordered = [];
        try
        {
            using FileStream stream = File.OpenRead(path);
            using TarReader reader = new(stream);
            while (reader.GetNextEntry() is { } entry)
            {
                if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile))
                {
                    continue;
                }

                string extension = System.IO.Path.GetExtension(entry.Name);
                if (SourceTree.Extensions.Contains(extension))
                {
                    VideoSource source = new(path, entry.DataOffset, entry.Length);
                    members[entry.Name] = (source, null);
                    ordered.Add(new ShardMember(entry.Name, source));
                }
                else if (extension == IndexFile.ShardSuffix)
                {
                    UseIndexOf(entry, members);
                }
            }
        }
        catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException or FormatException)
        {
            throw new VideoException(
                VideoErrorKind.Corrupt, path, $"Cannot read the shard '{path}': it is no tar file, or was cut short ({exception.Message}).",
                innerException: exception);
        }

        return new VideoShard(path, members, ordered);
    }

    /// <summary>The index that travels in the tar behind each chunk.</summary>
    private static void UseIndexOf(TarEntry entry, Dictionary<string, (VideoSource Source, VideoIndex? Index)> members)
    {
        const int largest = 1 << 28;
        string name = System.IO.Path.ChangeExtension(entry.Name, ".mp4");
        if (entry.Length > largest || entry.DataStream is null
            || !members.TryGetValue(name, out (VideoSource Source, VideoIndex? Index) member))
        {
            return;
        }

        byte[] bytes = new byte[(int)entry.Length];
        entry.DataStream.ReadExactly(bytes);
        if (IndexFile.TryParseSingle(bytes) is { } record && (record with { Offset = member.Source.Offset }).IsCurrent(member.Source))
        {
            members[name] = (member.Source, record.Index);
        }
    }
}
