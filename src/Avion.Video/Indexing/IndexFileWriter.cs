using System.Buffers;
using System.Buffers.Binary;

namespace Avion.Video;

/// <summary>
/// Writes an <see cref="IndexFile"/> record by record; only the directory is kept in memory. The file appears under its name, whole and on
/// the disk, with <see cref="Complete"/>; without it nothing remains.
/// </summary>
internal sealed class IndexFileWriter : IDisposable
{
    private readonly string? _path;
    private readonly string? _temporaryPath;
    private readonly Stream _stream;
    private readonly ArrayBufferWriter<byte> _record = new(4096);
    private readonly List<(ulong Hash, long Offset)> _directory = [];
    private bool _completed;

    public IndexFileWriter(string path)
    {
        _path = path;
        _temporaryPath = $"{path}.{Guid.NewGuid():N}.tmp";
        _stream = new FileStream(_temporaryPath, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16);
        WriteHeader();
    }

    private IndexFileWriter(MemoryStream stream)
    {
        _stream = stream;
        WriteHeader();
    }

    /// <summary>Number of records so far.</summary>
    public int Count => _directory.Count;

    public void Add(IndexRecord record)
    {
        _record.ResetWrittenCount();
        IndexRecordFormat.Write(record, _record);
        _directory.Add((IndexFile.HashOf(record.Name), _stream.Position));
        Span<byte> head = stackalloc byte[8];
        BinaryPrimitives.WriteInt32LittleEndian(head, _record.WrittenCount);
        BinaryPrimitives.WriteUInt32LittleEndian(head[4..], IndexRecord.ChecksumOf(_record.WrittenSpan));
        _stream.Write(head);
        _stream.Write(_record.WrittenSpan);
    }

    /// <summary>An index of one video as bytes.</summary>
    public static byte[] ToBytes(IndexRecord record)
    {
        MemoryStream stream = new();
        using IndexFileWriter writer = new(stream);
        writer.Add(record);
        writer.WriteDirectory();
        return stream.ToArray();
    }

    /// <summary>Writes the directory, syncs, and gives the file its name in place of an older one.</summary>
    public void Complete()
    {
        WriteDirectory();
        ((FileStream)_stream).Flush(flushToDisk: true);
        _stream.Dispose();
        File.Move(_temporaryPath!, _path!, overwrite: true);
        _completed = true;
    }

    public void Dispose()
    {
        try
        {
            _stream.Dispose();
        }
        catch (IOException) when (!_completed)
        {
            // On a full disk the last bytes cannot be written; the file goes anyway.
        }
        finally
        {
            if (!_completed && _temporaryPath is not null)
            {
                File.Delete(_temporaryPath);
            }
        }
    }

    private void WriteHeader()
    {
        Span<byte> header = stackalloc byte[IndexFile.HeaderBytes];
        header.Clear();
        IndexFile.Magic.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header[8..], IndexFile.Version);
        _stream.Write(header);
    }

    private void WriteDirectory()
    {
        _directory.Sort();
        long start = _stream.Position;
        Span<byte> entry = stackalloc byte[IndexFile.EntryBytes];
        foreach ((ulong hash, long offset) in _directory)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(entry, hash);
            BinaryPrimitives.WriteInt64LittleEndian(entry[8..], offset);
            _stream.Write(entry);
        }

        Span<byte> footer = stackalloc byte[IndexFile.FooterBytes];
        BinaryPrimitives.WriteInt64LittleEndian(footer, start);
        BinaryPrimitives.WriteInt32LittleEndian(footer[8..], _directory.Count);
        BinaryPrimitives.WriteUInt32LittleEndian(footer[12..], IndexRecord.ChecksumOf(footer[..12]));
        IndexFile.Magic.CopyTo(footer[16..]);
        _stream.Write(footer);
    }
}
