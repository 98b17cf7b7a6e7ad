using System.Runtime.InteropServices;

namespace Avion.Training;

/// <summary>Features of clips in memory: a row for each, one matrix for each output of the model.</summary>
/// <remarks>
/// As a file it is safetensors: <c>OUTPUT</c> float32 [N, size], <c>start</c> and <c>end</c> float64 [N] in seconds (not a number for whole
/// videos), <c>video</c>, <c>clip</c> and <c>view</c> int32 [N]; the metadata has the names of the videos as a JSON array under
/// <c>videos</c>, those of the outputs under <c>outputs</c>, and what its writer adds.
/// </remarks>
public sealed class FeatureSet
{
    /// <summary>Under this name <see cref="Details"/> of a folder's set have the SHA-256 of the weights that made it.</summary>
    public const string WeightsDigestKey = "weights_sha256";

    private readonly List<FeatureRow> _rows = [];
    private readonly List<float>[] _values;

    /// <summary>An empty set.</summary>
    /// <param name="outputs">What each row holds.</param>
    public FeatureSet(IReadOnlyList<FeatureOutput> outputs) => (Outputs, _values) = (outputs, [.. outputs.Select(_ => new List<float>())]);

    /// <summary>What each row holds.</summary>
    public IReadOnlyList<FeatureOutput> Outputs { get; }

    /// <summary>N.</summary>
    public int Count => _rows.Count;

    /// <summary>The clip of each row.</summary>
    public IReadOnlyList<FeatureRow> Rows => _rows;

    /// <summary>Texts that go along in its file, such as the weights that made it.</summary>
    public IDictionary<string, string> Details { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>What has no row; null where nothing is known to be missing.</summary>
    public MissingFeatures? Missing { get; internal set; }

    /// <summary>One output of all rows, [N, size]; valid until rows are added.</summary>
    public ReadOnlySpan<float> Values(int output = 0) => CollectionsMarshal.AsSpan(_values[output]);

    /// <summary>One output of one row, [size].</summary>
    public ReadOnlySpan<float> Values(int output, int row) => Values(output).Slice(row * Outputs[output].Size, Outputs[output].Size);

    /// <summary>Adds the rows of a batch.</summary>
    public void Add(FeatureBatch batch)
    {
        _rows.AddRange(batch.Rows);
        for (int output = 0; output < _values.Length; output++)
        {
            _values[output].AddRange(batch.Values(output));
        }
    }

    /// <summary>Adds a row.</summary>
    /// <param name="row">Its clip.</param>
    /// <param name="values">Each output, in the order of <see cref="Outputs"/>.</param>
    public void Add(FeatureRow row, params ReadOnlySpan<float[]> values)
    {
        _rows.Add(row);
        for (int output = 0; output < _values.Length; output++)
        {
            _values[output].AddRange(values[output]);
        }
    }

    /// <summary>Whether a path is one that <see cref="Read"/> takes, by its name and what lies there.</summary>
    public static bool IsAt(string path) => Directory.Exists(path)
        ? File.Exists(Path.Combine(path, ExtractionState.FileName))
        : path.EndsWith(FeaturePack.Ending, StringComparison.OrdinalIgnoreCase) && File.Exists(path);

    /// <summary>Writes the set; the file appears whole or not at all.</summary>
    public void Write(string path) => FeatureFile.Write(path, this);

    /// <summary>Reads a set that <see cref="Write"/> has written, or the folder of a complete <see cref="Extraction"/>.</summary>
    /// <exception cref="CheckpointException">The file is damaged or holds no features.</exception>
    /// <exception cref="FileFaultException">A file of the folder is damaged.</exception>
    /// <exception cref="RunException">The folder holds no complete features, or such as are not read back.</exception>
    public static FeatureSet Read(string path) => Directory.Exists(path) ? FeatureFolder.Read(path) : FeatureFile.Read(path);
}
