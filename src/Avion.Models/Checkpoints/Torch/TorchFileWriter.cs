using System.IO.Compression;

namespace Avion.Models;

/// <summary>Writes a file that <c>torch.load</c> reads, tensor by tensor.</summary>
/// <remarks>
/// The zip form of PyTorch 1.6 and later: <c>data.pkl</c>, <c>version</c>, and a stored member for each tensor. The file appears
/// whole or not at all.
/// </remarks>
public sealed class TorchFileWriter : IDisposable
{
    private const string Root = "archive";

    private readonly AtomicFile _file;
    private readonly ZipArchive _zip;
    private readonly IReadOnlyList<TensorEntry> _entries;
    private Stream? _member;
    private long _writtenBytes;
    private int _next;

    /// <summary>Opens a temporary file beside <paramref name="path"/> and writes the description of all tensors.</summary>
    /// <param name="path">The final name.</param>
    /// <param name="entries">All tensors, in the order in which they will be written.</param>
    /// <param name="layout">Under which name the dictionary of tensors stands, and what stands beside it.</param>
    public TorchFileWriter(string path, IReadOnlyList<TensorEntry> entries, TorchFileLayout layout)
    {
        _entries = entries;
        _file = new AtomicFile(path);
        _zip = new ZipArchive(_file.Stream, ZipArchiveMode.Create, leaveOpen: true);
        WriteMember("data.pkl", Describe(entries, layout));
        WriteMember("version", "3\n"u8);
        if (layout.Metadata.Count > 0)
        {
            WriteMember(TorchMetadata.Member, TorchMetadata.ToJson(layout.Metadata));
        }
    }

    /// <summary>Writes the next elements of the tensor whose turn it is.</summary>
    public void Write(TensorEntry entry, ReadOnlySpan<byte> bytes)
    {
        FinishMember();
        if (_next == _entries.Count || !ReferenceEquals(_entries[_next], entry) || _writtenBytes + bytes.Length > entry.ByteCount)
        {
            throw new InvalidOperationException($"Tensor '{entry.Name}' is written out of turn or is too long. This is a bug in Avion.");
        }

        _member ??= OpenMember($"data/{_next.ToString(CultureInfo.InvariantCulture)}");
        _member.Write(bytes);
        _writtenBytes += bytes.Length;
    }

    /// <summary>Puts the file on the disk and gives it its name.</summary>
    public void Complete()
    {
        FinishMember();
        if (_next != _entries.Count)
        {
            throw new InvalidOperationException($"Tensor '{_entries[_next].Name}' was announced but not written. This is a bug in Avion.");
        }

        _zip.Dispose();
        _file.Complete();
    }

    /// <summary>Closes the file, and removes it if it is not complete.</summary>
    public void Dispose() => _file.Dispose();

    /// <summary>Ends members that have all their bytes; empty tensors have theirs from the beginning.</summary>
    private void FinishMember()
    {
        while (_next < _entries.Count && _writtenBytes == _entries[_next].ByteCount)
        {
            _member ??= OpenMember($"data/{_next.ToString(CultureInfo.InvariantCulture)}");
            _member.Dispose();
            (_member, _writtenBytes) = (null, 0);
            _next++;
        }
    }

    private void WriteMember(string name, ReadOnlySpan<byte> bytes)
    {
        using Stream member = OpenMember(name);
        member.Write(bytes);
    }

    private Stream OpenMember(string name) => _zip.CreateEntry($"{Root}/{name}", CompressionLevel.NoCompression).Open();

    private static ReadOnlySpan<byte> Describe(IReadOnlyList<TensorEntry> entries, TorchFileLayout layout)
    {
        PickleWriter pickle = new();
        pickle.BeginDictionary();
        if (layout.WeightsKey is not null)
        {
            pickle.Text(layout.WeightsKey);
            pickle.BeginDictionary();
        }

        for (int i = 0; i < entries.Count; i++)
        {
            TensorEntry entry = entries[i];
            pickle.Text(entry.Name);
            pickle.Tensor(StorageType(entry.Type), i.ToString(CultureInfo.InvariantCulture), entry.ElementCount, entry.Extents);
        }

        if (layout.WeightsKey is not null)
        {
            pickle.EndDictionary();
            WriteNumbers(pickle, layout.Numbers);
            if (layout.Options.Count > 0)
            {
                pickle.Text("args");
                pickle.Object("argparse", "Namespace", () => WriteOptions(pickle, layout.Options));
            }
        }

        pickle.EndDictionary();
        pickle.End();
        return pickle.Written;
    }

    private static void WriteNumbers(PickleWriter pickle, IReadOnlyDictionary<string, long> numbers)
    {
        foreach ((string name, long number) in numbers)
        {
            pickle.Text(name);
            pickle.Number(number);
        }
    }

    private static void WriteOptions(PickleWriter pickle, IReadOnlyDictionary<string, object> options)
    {
        pickle.BeginDictionary();
        foreach ((string name, object value) in options)
        {
            pickle.Text(name);
            switch (value)
            {
                case bool flag: pickle.Bool(flag); break;
                case int number: pickle.Number((long)number); break;
                case double number: pickle.Number(number); break;
                default: pickle.Text((string)value); break;
            }
        }

        pickle.EndDictionary();
    }

    private static string StorageType(ElementType type) => type switch
    {
        ElementType.Float32 => "FloatStorage",
        ElementType.Float64 => "DoubleStorage",
        ElementType.Float16 => "HalfStorage",
        ElementType.BFloat16 => "BFloat16Storage",
        ElementType.UInt8 => "ByteStorage",
        ElementType.Int32 => "IntStorage",
        _ => "LongStorage",
    };
}

/// <summary>How a PyTorch checkpoint is laid out around its tensors.</summary>
public sealed record TorchFileLayout
{
    /// <summary>The name under which the dictionary of tensors stands; null if it is the root.</summary>
    public string? WeightsKey { get; init; }

    /// <summary>Numbers beside the tensors, such as <c>epoch</c>.</summary>
    public IReadOnlyDictionary<string, long> Numbers { get; init; } = new Dictionary<string, long>();

    /// <summary>Texts that the file carries beside its tensors, where PyTorch does not look: a member of its own.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    /// <summary>Run options, written as <c>args</c>, an <c>argparse.Namespace</c>: texts, bool, int and double.</summary>
    public IReadOnlyDictionary<string, object> Options { get; init; } = new Dictionary<string, object>();
}
