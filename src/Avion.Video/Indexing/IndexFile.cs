using System.Buffers;
using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Avion.Video;

/// <summary>
/// Indexes of the videos of a folder (<c>index.avidx</c> in it) or of the members of a tar shard (<c>SHARD.tar.avidx</c> beside it) in one
/// file, so that a tree of chunks gains one file per folder. All numbers are little-endian:
/// <code>
/// header     magic (8 bytes), version (4), zero (4)
/// record     length (4), CRC-32C of the rest (4), the record (see IndexRecordFormat)          … as many as there are videos
/// directory  hash of the name (8, FNV-1a), offset of the record (8)                             … sorted
/// footer     offset of the directory (8), number of records (4), CRC-32C of the twelve bytes before (4), magic (8)
/// </code>
/// A look-up reads the end of the file, which holds the directory of a folder of ordinary size, and one record.
/// </summary>
internal sealed class IndexFile : IDisposable
{
    /// <summary>Name of the index in a folder of videos.</summary>
    public const string NameInFolder = "index.avidx";

    /// <summary>What a tar shard's name gains.</summary>
    public const string ShardSuffix = ".avidx";

    /// <summary>Raised with every change of the records, so that one of another layout is refused and not misread.</summary>
    public const int Version = 3;
    public const int HeaderBytes = 16;
    public const int FooterBytes = 24;
    public const int EntryBytes = 16;

    /// <summary>Many times what a day of video needs; a record is in memory as a whole, ten times as large as in the file.</summary>
    public const int MaximumRecordBytes = 1 << 26;
    private const int TailBytes = 8192;

    private readonly SafeFileHandle _file;
    private readonly long _directory;
    private readonly byte[] _tail;
    private readonly long _tailOffset;

    private IndexFile(string path, SafeFileHandle file)
    {
        Path = path;
        _file = file;
        long length = RandomAccess.GetLength(file);
        _tail = new byte[(int)Math.Min(TailBytes, length)];
        _tailOffset = length - _tail.Length;
        Span<byte> header = stackalloc byte[HeaderBytes];
        if (length < HeaderBytes + FooterBytes || RandomAccess.Read(file, header, 0) != HeaderBytes || !header[..8].SequenceEqual(Magic) ||
            RandomAccess.Read(file, _tail, _tailOffset) != _tail.Length)
        {
            throw Broken("it is no index, or was cut short");
        }

        int version = BinaryPrimitives.ReadInt32LittleEndian(header[8..]);
        if (version != Version)
        {
            throw Broken($"it has version {version}, expected {Version}");
        }

        ReadOnlySpan<byte> footer = _tail.AsSpan(_tail.Length - FooterBytes);
        _directory = BinaryPrimitives.ReadInt64LittleEndian(footer);
        Count = BinaryPrimitives.ReadInt32LittleEndian(footer[8..]);
        if (!footer[16..].SequenceEqual(Magic)
            || BinaryPrimitives.ReadUInt32LittleEndian(footer[12..]) != IndexRecord.ChecksumOf(footer[..12]) ||
            Count < 0 || _directory != length - FooterBytes - ((long)Count * EntryBytes))
        {
            throw Broken("its end is damaged");
        }
    }

    /// <summary>First and last bytes of an index file; the line ends inside show a transfer as text.</summary>
    public static ReadOnlySpan<byte> Magic => [0x89, (byte)'A', (byte)'V', (byte)'I', (byte)'X', (byte)'\r', (byte)'\n', 0x1A];

    /// <summary>The index file.</summary>
    public string Path { get; }

    /// <summary>Number of videos.</summary>
    public int Count { get; }

    /// <summary>The index file that would hold a video: the folder's, or the shard's.</summary>
    public static string PathFor(in VideoSource source) => source.IsWholeFile
        ? System.IO.Path.Combine(System.IO.Path.GetDirectoryName(source.Path) ?? string.Empty, NameInFolder)
        : source.Path + ShardSuffix;

    /// <summary>Opens an index file.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    /// <exception cref="InvalidDataException">It is damaged or of another version.</exception>
    public static IndexFile Open(string path)
    {
        SafeFileHandle file = RegularFile.Open(path);
        try
        {
            return new IndexFile(path, file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>
    /// The index of a file from the index file beside it; null when there is none, when it does not hold the file, when the file was
    /// replaced since, or when the index is damaged: the container's own tables then say the same at a higher price.
    /// </summary>
    public static VideoIndex? TryFind(in VideoSource source)
    {
        if (!source.IsWholeFile)
        {
            return null;
        }

        string path = PathFor(source);
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            using IndexFile file = Open(path);
            IndexRecord? record = file.Find(System.IO.Path.GetFileName(source.Path));
            return record is not null && record.IsCurrent(source) ? record.Index : null;
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The record in an index of one video that is held in memory; null when it is damaged.</summary>
    public static IndexRecord? TryParseSingle(ReadOnlySpan<byte> bytes)
    {
        const int start = HeaderBytes + 8;
        if (bytes.Length < start + FooterBytes + EntryBytes || !bytes[..8].SequenceEqual(Magic) ||
            BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]) != Version)
        {
            return null;
        }

        int length = BinaryPrimitives.ReadInt32LittleEndian(bytes[HeaderBytes..]);
        if (length != bytes.Length - start - FooterBytes - EntryBytes ||
            IndexRecord.ChecksumOf(bytes.Slice(start, length)) != BinaryPrimitives.ReadUInt32LittleEndian(bytes[(HeaderBytes + 4)..]))
        {
            return null;
        }

        try
        {
            return IndexRecordFormat.Read(bytes.Slice(start, length));
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    /// <summary>The record of a video, null when the index does not hold it.</summary>
    /// <exception cref="InvalidDataException">The record is damaged.</exception>
    public IndexRecord? Find(string name)
    {
        ulong hash = HashOf(name);
        int low = 0;
        int high = Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (Entry(middle).Hash < hash)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        for (; low < Count && Entry(low) is var (found, offset) && found == hash; low++)
        {
            IndexRecord record = ReadRecord(offset);
            if (record.Name == name)
            {
                return record;
            }
        }

        return null;
    }

    /// <summary>All records, in the order of the file; one is in memory at a time.</summary>
    public IEnumerable<IndexRecord> ReadAll()
    {
        long offset = HeaderBytes;
        for (int index = 0; index < Count; index++)
        {
            IndexRecord record = ReadRecord(offset, out int bytes);
            offset += bytes;
            yield return record;
        }
    }

    public void Dispose() => _file.Dispose();

    /// <summary>64-bit FNV-1a of the name's UTF-8 bytes.</summary>
    internal static ulong HashOf(string name)
    {
        ulong hash = 14695981039346656037;
        foreach (byte value in Encoding.UTF8.GetBytes(name))
        {
            hash = (hash ^ value) * 1099511628211;
        }

        return hash;
    }

    private (ulong Hash, long Offset) Entry(int index)
    {
        long position = _directory + ((long)index * EntryBytes);
        Span<byte> entry = stackalloc byte[EntryBytes];
        if (position >= _tailOffset)
        {
            _tail.AsSpan((int)(position - _tailOffset), EntryBytes).CopyTo(entry);
        }
        else if (RandomAccess.Read(_file, entry, position) != EntryBytes)
        {
            throw Broken("its directory was cut short");
        }

        return (BinaryPrimitives.ReadUInt64LittleEndian(entry), BinaryPrimitives.ReadInt64LittleEndian(entry[8..]));
    }

    private IndexRecord ReadRecord(long offset) => ReadRecord(offset, out _);

    private IndexRecord ReadRecord(long offset, out int bytes)
    {
        Span<byte> head = stackalloc byte[8];
        if (offset < HeaderBytes || offset > _directory - 8 || RandomAccess.Read(_file, head, offset) != 8)
        {
            throw Broken("its directory is damaged");
        }

        int length = BinaryPrimitives.ReadInt32LittleEndian(head);
        if (length < 0 || length > MaximumRecordBytes || length > _directory - offset - 8)
        {
            throw Broken($"the record at byte {offset} declares {length} bytes");
        }

        byte[] content = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            Span<byte> record = content.AsSpan(0, length);
            if (RandomAccess.Read(_file, record, offset + 8) != length ||
                IndexRecord.ChecksumOf(record) != BinaryPrimitives.ReadUInt32LittleEndian(head[4..]))
            {
                throw Broken($"the record at byte {offset} is damaged");
            }

            bytes = 8 + length;
            return IndexRecordFormat.Read(record);
        }
        catch (InvalidDataException exception) when (!exception.Message.Contains(Path, StringComparison.Ordinal))
        {
            throw Broken(exception.Message);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(content);
        }
    }

    private InvalidDataException Broken(string reason) =>
        new($"Cannot use the index '{Path}': {reason}. Make it again with 'avion data index'.");
}
