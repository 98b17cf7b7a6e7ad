using System.Buffers;
using System.Text.Json;

namespace Avion.Models;

/// <summary>Writes a safetensors file tensor by tensor, so that no copy of the whole model is held.</summary>
/// <remarks>
/// The header comes first, so all tensors are announced before the first is written. The file appears under its name when
/// <see cref="Complete"/> has put it on the disk; until then, and if that never happens, an older file of that name stays.
/// </remarks>
public sealed class SafetensorsWriter : IDisposable
{
    private readonly AtomicFile _file;
    private readonly IReadOnlyList<TensorEntry> _entries;
    private int _next;
    private long _writtenBytes;

    /// <summary>Opens a temporary file beside <paramref name="path"/> and writes the header.</summary>
    /// <param name="path">The final name.</param>
    /// <param name="entries">All tensors, in the order in which they will be written.</param>
    /// <param name="metadata">Texts to carry along; null for none.</param>
    public SafetensorsWriter(string path, IReadOnlyList<TensorEntry> entries, IReadOnlyDictionary<string, string>? metadata = null)
    {
        _entries = entries;
        _file = new AtomicFile(path);
        try
        {
            WriteHeader(metadata);
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    /// <summary>Writes the next elements of the tensor whose turn it is.</summary>
    /// <param name="entry">The tensor, for a check of the order.</param>
    /// <param name="bytes">Elements as they are stored, little-endian.</param>
    public void Write(TensorEntry entry, ReadOnlySpan<byte> bytes)
    {
        SkipEmpty();
        if (_next == _entries.Count || !ReferenceEquals(_entries[_next], entry) || _writtenBytes + bytes.Length > entry.ByteCount)
        {
            throw new InvalidOperationException($"Tensor '{entry.Name}' is written out of turn or is too long. This is a bug in Avion.");
        }

        _file.Stream.Write(bytes);
        _writtenBytes += bytes.Length;
        if (_writtenBytes == entry.ByteCount)
        {
            _next++;
            _writtenBytes = 0;
        }
    }

    /// <summary>Puts the file on the disk and gives it its name.</summary>
    public void Complete()
    {
        SkipEmpty();
        if (_next != _entries.Count)
        {
            throw new InvalidOperationException($"Tensor '{_entries[_next].Name}' was announced but not written. This is a bug in Avion.");
        }

        _file.Complete();
    }

    /// <summary>Closes the file, and removes it if it is not complete.</summary>
    public void Dispose() => _file.Dispose();

    private void SkipEmpty()
    {
        while (_next < _entries.Count && _writtenBytes == 0 && _entries[_next].ByteCount == 0)
        {
            _next++;
        }
    }

    private void WriteHeader(IReadOnlyDictionary<string, string>? metadata)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject("__metadata__");
                foreach ((string key, string value) in metadata)
                {
                    json.WriteString(key, value);
                }

                json.WriteEndObject();
            }

            long offset = 0;
            foreach (TensorEntry entry in _entries)
            {
                WriteEntry(json, entry, offset);
                offset += entry.ByteCount;
            }

            json.WriteEndObject();
        }

        // Spaces up to a multiple of 8 keep the data aligned for readers that map it.
        int padded = (buffer.WrittenCount + 7) / 8 * 8;
        Span<byte> length = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)padded);
        _file.Stream.Write(length);
        _file.Stream.Write(buffer.WrittenSpan);
        for (int i = buffer.WrittenCount; i < padded; i++)
        {
            _file.Stream.WriteByte((byte)' ');
        }
    }

    private static void WriteEntry(Utf8JsonWriter json, TensorEntry entry, long offset)
    {
        json.WriteStartObject(entry.Name);
        json.WriteString("dtype", SafetensorsTypes.NameOf(entry.Type));
        json.WriteStartArray("shape");
        foreach (long extent in entry.Extents)
        {
            json.WriteNumberValue(extent);
        }

        json.WriteEndArray();
        json.WriteStartArray("data_offsets");
        json.WriteNumberValue(offset);
        json.WriteNumberValue(offset + entry.ByteCount);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
