using System.Text.Json;

namespace Avion.Models;

/// <summary>A safetensors file, mapped: a JSON header with names, types, shapes and offsets, then the bytes of the tensors.</summary>
/// <remarks>
/// Layout: uint64 header length, the header, the data. Everything in the header is checked before any tensor is read: types,
/// shapes against sizes, ranges against the file, no overlap, no gap. Source: the format's README, github.com/huggingface/safetensors.
/// </remarks>
public sealed class SafetensorsFile : TensorArchive
{
    /// <summary>The format's own limit of the header, so that a damaged length cannot ask for all memory.</summary>
    private const long MaximumHeaderBytes = 100_000_000;

    private const int LengthBytes = sizeof(ulong);
    private readonly MappedFile _file;
    private const int MaximumRank = 64;

    private readonly Dictionary<TensorEntry, long> _offsets = [];
    private readonly List<(string Name, long Begin, long End)> _ranges = [];
    private readonly ReadingBudget _budget = new() { MaximumItems = 2_000_000 };
    private readonly Dictionary<string, string> _metadata = new(StringComparer.Ordinal);

    /// <summary>Opens and checks a file.</summary>
    /// <exception cref="CheckpointException">The file is not what the format allows.</exception>
    public SafetensorsFile(string path)
        : base(path)
    {
        _file = new MappedFile(path);
        try
        {
            int headerLength = ReadHeaderLength();
            long dataStart = LengthBytes + headerLength;
            ReadHeader(_file.Slice(LengthBytes, headerLength));
            CheckRanges(_file.Length - dataStart);
            foreach (TensorEntry entry in Entries)
            {
                _offsets[entry] += dataStart;
            }

            if (Entries.Count == 0 && Skipped.Count > 0)
            {
                throw new CheckpointException(Path, $"it holds no tensor that can be read{SkippedText}");
            }
        }
        catch (Exception exception)
        {
            _file.Dispose();
            if (exception is FileFaultException fault)
            {
                throw new CheckpointException(path, fault.Fault, inner: exception);
            }

            if (exception is JsonException or InvalidOperationException or FormatException or ArgumentException)
            {
                throw new CheckpointException(path, $"its header is damaged ({exception.Message.TrimEnd('.')})", inner: exception);
            }

            throw;
        }
    }

    /// <inheritdoc />
    public override IReadOnlyDictionary<string, string> Metadata => _metadata;

    /// <inheritdoc />
    public override void ReadBytes(TensorEntry entry, long firstElement, Span<byte> destination)
    {
        CheckRange(entry, firstElement, destination.Length);
        long offset = _offsets[entry] + (firstElement * entry.Type.SizeInBytes());
        _file.Slice(offset, destination.Length).CopyTo(destination);
    }

    /// <inheritdoc />
    public override void Dispose() => _file.Dispose();

    private int ReadHeaderLength()
    {
        if (_file.Length < LengthBytes)
        {
            throw new CheckpointException(Path, $"it has {_file.Length} bytes, too few for a safetensors header");
        }

        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(_file.Slice(0, LengthBytes));
        if (length > MaximumHeaderBytes || length > (ulong)(_file.Length - LengthBytes))
        {
            throw new CheckpointException(Path, $"its header claims {length} bytes of a file of {_file.Length}",
                "The file is truncated or not safetensors.");
        }

        return (int)length;
    }

    private void ReadHeader(ReadOnlySpan<byte> header)
    {
        Utf8JsonReader reader = new(header, new JsonReaderOptions { MaxDepth = 8 });
        Expect(ref reader, JsonTokenType.StartObject);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            if (name == "__metadata__")
            {
                ReadMetadata(ref reader);
            }
            else
            {
                ReadEntry(name, ref reader);
            }
        }

        // Reading on to the end lets the reader find what follows the object: padding may, anything else may not.
        while (reader.Read())
        {
        }
    }

    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        Expect(ref reader, JsonTokenType.StartObject);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = reader.GetString()!;
            Expect(ref reader, JsonTokenType.String);
            _budget.TakeItems();
            _metadata[key] = reader.GetString()!;
        }
    }

    private void ReadEntry(string name, ref Utf8JsonReader reader)
    {
        string? typeName = null;
        List<long>? shape = null;
        List<long>? range = null;
        Expect(ref reader, JsonTokenType.StartObject);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = reader.GetString()!;
            switch (key)
            {
                case "dtype":
                    Expect(ref reader, JsonTokenType.String);
                    typeName = reader.GetString();
                    break;
                case "shape":
                    shape = ReadNumbers(ref reader);
                    break;
                case "data_offsets":
                    range = ReadNumbers(ref reader);
                    break;
                default:
                    throw new CheckpointException(Path, $"tensor '{name}' has an unknown field '{key}'");
            }
        }

        if (typeName is null || shape is null || range is not [long begin, long end])
        {
            throw new CheckpointException(Path, $"tensor '{name}' lacks one of dtype, shape and data_offsets");
        }

        _budget.TakeItems();
        _ranges.Add((name, begin, end));
        if (SafetensorsTypes.Find(typeName) is not { } type)
        {
            // What its elements are is not known, but where it lies is, and that is checked with the others.
            Skip(name, $"elements of type '{typeName}'");
            return;
        }

        TensorEntry entry = new(name, type, shape.ToArray());
        if (begin < 0 || end < begin || end - begin != entry.ByteCount)
        {
            throw new CheckpointException(Path,
                $"tensor '{name}' lies at bytes {begin} to {end}, but {typeName} {entry.ShapeText} takes {entry.ByteCount}");
        }

        Add(entry);
        _offsets[entry] = begin;
    }

    private static List<long> ReadNumbers(ref Utf8JsonReader reader)
    {
        List<long> numbers = [];
        Expect(ref reader, JsonTokenType.StartArray);
        while (reader.Read() && reader.TokenType == JsonTokenType.Number)
        {
            if (numbers.Count == MaximumRank)
            {
                throw new JsonException($"a shape has more than {MaximumRank} dimensions");
            }

            numbers.Add(reader.GetInt64());
        }

        return reader.TokenType == JsonTokenType.EndArray
            ? numbers
            : throw new JsonException($"expected a list of whole numbers, found {reader.TokenType}");
    }

    private void CheckRanges(long dataBytes)
    {
        _ranges.Sort((left, right) => (left.Begin, left.End).CompareTo((right.Begin, right.End)));
        long end = 0;
        foreach ((string name, long begin, long next) in _ranges)
        {
            if (begin != end || next < begin)
            {
                throw new CheckpointException(Path, $"tensor '{name}' begins at byte {begin} of the data; expected {end}");
            }

            end = next;
        }

        if (end != dataBytes)
        {
            throw new CheckpointException(Path, $"its tensors take {end} bytes but {dataBytes} follow the header",
                end > dataBytes ? "The file is truncated: copy it again." : "");
        }
    }

    private static void Expect(ref Utf8JsonReader reader, JsonTokenType type)
    {
        if (!reader.Read() || reader.TokenType != type)
        {
            throw new JsonException($"expected {type}, found {reader.TokenType} at byte {reader.TokenStartIndex}");
        }
    }
}
