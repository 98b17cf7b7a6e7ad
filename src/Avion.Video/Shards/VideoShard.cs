using Microsoft.Win32.SafeHandles;

namespace Avion.Video;

/// <summary>
/// The chunks in a tar shard, read by their place in the file without unpacking. The index beside the shard tells all of them at once;
/// without it the tar's headers are walked and each chunk's own tables are read when it is asked for. Immutable; safe for threads.
/// </summary>
public sealed class VideoShard
{
    private readonly Dictionary<string, (VideoSource Source, VideoIndex? Index)> _members;

    private VideoShard(
        string path, Dictionary<string, (VideoSource, VideoIndex?)> members, List<ShardMember> ordered, IReadOnlyList<string> lacking)
    {
        Path = path;
        _members = members;
        Members = ordered;
        Lacking = lacking;
    }

    /// <summary>The tar file.</summary>
    public string Path { get; }

    /// <summary>All chunks, in the order of the file.</summary>
    public IReadOnlyList<ShardMember> Members { get; }

    /// <summary>Names of chunks that the index beside the shard promises and the shard does not have, in the order of the index.</summary>
    public IReadOnlyList<string> Lacking { get; }

    /// <summary>Reads the list of chunks of a shard.</summary>
    /// <exception cref="VideoException">There is no such file, or it is no tar file.</exception>
    public static VideoShard Open(string path)
    {
        VideoShard shard = Open(path, out IReadOnlyList<string> problems);
        return problems.Count == 0
            ? shard
            : throw new VideoException(VideoErrorKind.Corrupt, path, $"Cannot read the shard '{path}': {problems[0]}.");
    }

    /// <summary>Reads as much of the list of chunks as can be had, and what is wrong with the rest.</summary>
    internal static VideoShard Open(string path, out IReadOnlyList<string> problems, CancellationToken cancellation = default)
    {
        if (FileStatus.Of(path).Kind == FileKind.Missing)
        {
            throw new VideoException(VideoErrorKind.NotFound, path, $"Cannot open the shard '{path}': no such file.");
        }

        problems = [];
        try
        {
            return FromIndex(path, out List<string> promised) ?? FromHeaders(path, promised, out problems, cancellation);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new VideoException(
                VideoErrorKind.Unreadable, path, $"Cannot read the shard '{path}': {exception.Message}", innerException: exception);
        }
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

    /// <summary>The shard as its index has it; null where there is none, or where the shard is another than the index says.</summary>
    /// <param name="path">The tar file.</param>
    /// <param name="promised">All chunks that the index names.</param>
    private static VideoShard? FromIndex(string path, out List<string> promised)
    {
        promised = [];
        string indexPath = path + IndexFile.ShardSuffix;
        if (!RegularFile.Exists(indexPath))
        {
            return null;
        }

        Dictionary<string, (VideoSource, VideoIndex?)> members = new(StringComparer.Ordinal);
        List<ShardMember> ordered = [];
        try
        {
            using IndexFile file = IndexFile.Open(indexPath);
            long length = new FileInfo(path).Length;
            bool isCurrent = EndsAsArchive(path);
            foreach (IndexRecord record in file.ReadAll())
            {
                VideoSource source = new(path, record.Offset, record.Length);
                if (!FolderScope.IsInside(record.Name))
                {
                    return null;
                }

                promised.Add(record.Name);
                isCurrent = isCurrent && record.Length <= length - record.Offset && record.IsCurrent(source);
                members[record.Name] = (source, record.Index);
                ordered.Add(new ShardMember(record.Name, source));
            }

            return isCurrent ? new VideoShard(path, members, ordered, []) : null;
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException)
        {
            // The tar itself says the same.
            return null;
        }
    }

    /// <summary>Whether the last block is empty, as that of every whole archive; a cut one ends in a member.</summary>
    private static bool EndsAsArchive(string path)
    {
        const int blockBytes = 512;
        using SafeFileHandle file = RegularFile.Open(path);
        Span<byte> end = stackalloc byte[blockBytes];
        long length = RandomAccess.GetLength(file);
        return length >= blockBytes && RandomAccess.Read(file, end, length - blockBytes) == blockBytes && !end.ContainsAnyExcept((byte)0);
    }

    private static VideoShard FromHeaders(
        string path, List<string> promised, out IReadOnlyList<string> problems, CancellationToken cancellation)
    {
        Dictionary<string, (VideoSource, VideoIndex?)> members = new(StringComparer.Ordinal);
        List<ShardMember> ordered = [];
        TarListing listing = TarListing.Read(path, IsVideoOrIndex, cancellation);
        using SafeFileHandle file = RegularFile.Open(path);
        foreach (TarMember member in listing.Members)
        {
            if (member.Name.EndsWith(IndexFile.ShardSuffix, StringComparison.Ordinal))
            {
                UseIndexOf(file, member, members);
                continue;
            }

            VideoSource source = new(path, member.Offset, member.Length);
            members[member.Name] = (source, null);
            ordered.Add(new ShardMember(member.Name, source));
        }

        problems = listing.Problems;
        return new VideoShard(path, members, ordered, [.. promised.Where(name => !members.ContainsKey(name))]);
    }

    private static bool IsVideoOrIndex(string name) =>
        SourceTree.Extensions.Contains(System.IO.Path.GetExtension(name))
        || name.EndsWith(IndexFile.ShardSuffix, StringComparison.Ordinal);

    /// <summary>The index that travels in the tar behind each chunk.</summary>
    private static void UseIndexOf(
        SafeFileHandle file, in TarMember index, Dictionary<string, (VideoSource Source, VideoIndex? Index)> members)
    {
        string name = System.IO.Path.ChangeExtension(index.Name, ".mp4");
        if (index.Length > IndexFile.MaximumRecordBytes || !members.TryGetValue(name, out (VideoSource Source, VideoIndex? Index) member))
        {
            return;
        }

        byte[] bytes = new byte[index.Length];
        if (RandomAccess.Read(file, bytes, index.Offset) == bytes.Length && IndexFile.TryParseSingle(bytes) is { } record
            && (record with { Offset = member.Source.Offset }).IsCurrent(member.Source))
        {
            members[name] = (member.Source, record.Index);
        }
    }
}
