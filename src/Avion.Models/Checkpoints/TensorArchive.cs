namespace Avion.Models;

/// <summary>A file of named tensors, opened for reading; the tensors stay in the file until they are asked for.</summary>
public abstract class TensorArchive : IDisposable
{
    private protected static readonly IReadOnlyDictionary<string, string> s_noMetadata = new Dictionary<string, string>();

    private readonly Dictionary<string, TensorEntry> _byName = new(StringComparer.Ordinal);
    private readonly List<TensorEntry> _entries = [];
    private readonly List<SkippedMember> _skipped = [];

    private protected TensorArchive(string path) => Path = path;

    /// <summary>Where the file is.</summary>
    public string Path { get; }

    /// <summary>The tensors in the order of the file.</summary>
    public IReadOnlyList<TensorEntry> Entries => _entries;

    /// <summary>Texts that the file carries beside its tensors.</summary>
    public virtual IReadOnlyDictionary<string, string> Metadata => s_noMetadata;

    /// <summary>Members that are no weights that Avion reads, in the order of the file; they were passed over.</summary>
    public IReadOnlyList<SkippedMember> Skipped => _skipped;

    /// <summary>Opens a safetensors or PyTorch file, recognized by its content.</summary>
    /// <exception cref="CheckpointException">The file is neither, or damaged.</exception>
    public static TensorArchive Open(string path) => TensorArchiveFormats.Open(path);

    /// <summary>Finds a tensor.</summary>
    public bool TryFind(string name, out TensorEntry entry) => _byName.TryGetValue(name, out entry!);

    /// <summary>The tensor of that name.</summary>
    /// <exception cref="CheckpointException">There is none.</exception>
    public TensorEntry this[string name] => TryFind(name, out TensorEntry entry)
        ? entry
        : throw new CheckpointException(Path, $"it has no tensor '{name}'");

    /// <summary>Copies elements of a tensor, row-major, as they are stored.</summary>
    /// <param name="entry">A tensor of this file.</param>
    /// <param name="firstElement">Where to begin.</param>
    /// <param name="destination">Receives whole elements, little-endian.</param>
    public abstract void ReadBytes(TensorEntry entry, long firstElement, Span<byte> destination);

    /// <summary>Copies elements of a tensor, row-major, converted to float32.</summary>
    /// <param name="entry">A tensor of this file.</param>
    /// <param name="firstElement">Where to begin.</param>
    /// <param name="destination">Receives as many elements as it is long.</param>
    public void Read(TensorEntry entry, long firstElement, Span<float> destination)
    {
        const int ChunkElements = 4096;
        int size = Compute.ElementTypes.SizeInBytes(entry.Type);
        Span<byte> buffer = stackalloc byte[ChunkElements * sizeof(double)];
        for (int done = 0; done < destination.Length; done += ChunkElements)
        {
            int count = Math.Min(ChunkElements, destination.Length - done);
            Span<byte> stored = buffer[..(count * size)];
            ReadBytes(entry, firstElement + done, stored);
            ElementConversion.ToFloat32(entry.Type, stored, destination.Slice(done, count));
        }
    }

    /// <summary>Copies a whole tensor, converted to float32.</summary>
    public float[] ReadAll(TensorEntry entry)
    {
        float[] values = new float[checked((int)entry.ElementCount)];
        Read(entry, 0, values);
        return values;
    }

    /// <inheritdoc />
    public abstract void Dispose();

    private protected void Add(TensorEntry entry)
    {
        if (!_byName.TryAdd(entry.Name, entry))
        {
            throw new CheckpointException(Path, $"tensor '{entry.Name}' is listed twice");
        }

        _entries.Add(entry);
    }

    private protected void Skip(string name, string reason) => _skipped.Add(new SkippedMember(name, reason));

    /// <summary>What was passed over, as the end of a sentence; empty for nothing.</summary>
    private protected string SkippedText => SkippedMember.Describe(_skipped) is { Length: > 0 } text ? $"; passed over: {text}" : "";

    private protected void CheckRange(TensorEntry entry, long firstElement, int byteCount)
    {
        int size = Compute.ElementTypes.SizeInBytes(entry.Type);
        if (byteCount % size != 0 || firstElement < 0 || firstElement + (byteCount / size) > entry.ElementCount)
        {
            throw new ArgumentOutOfRangeException(nameof(firstElement),
                $"{byteCount} bytes from element {firstElement} are not a range of {entry}.");
        }
    }
}
