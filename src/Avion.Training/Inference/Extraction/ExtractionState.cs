using System.Text.Json.Serialization;

namespace Avion.Training;

/// <summary>What <c>extract.json</c> in a folder of features says: of what they are made, and how far they are.</summary>
internal sealed record ExtractionState
{
    public const string FileName = "extract.json";

    /// <summary>For people: which weights.</summary>
    public required string Weights { get; init; }

    /// <summary>All that decides a number: a run goes on only where each is the same.</summary>
    public required Dictionary<string, string> MadeOf { get; init; }

    public required int Clips { get; init; }

    public required StoredOutput[] Outputs { get; init; }

    public int Batches { get; init; }

    public int BatchesDone { get; init; }

    public int ClipsDone { get; init; }

    public int Rows { get; init; }

    public int UnreadableClips { get; init; }

    /// <summary>Bytes of the files that grow, by their names.</summary>
    public Dictionary<string, long> Bytes { get; init; } = [];

    public bool Complete { get; init; }

    public string[] Files { get; init; } = [];

    /// <summary>The state of a folder; null where there is none.</summary>
    /// <exception cref="RunException">It is damaged.</exception>
    public static ExtractionState? TryRead(string folder)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize(RegularFile.ReadAllBytes(path, 1 << 24), ExtractionStateJson.Default.ExtractionState)
                ?? throw new RunException(Damage(path, "it is empty"));
        }
        catch (Exception error) when (error is JsonException or IOException or InvalidDataException)
        {
            throw new RunException(Damage(path, error.Message.TrimEnd('.')), error);
        }
    }

    /// <summary>What each row holds.</summary>
    public FeatureOutput[] FeatureOutputs() => [.. Outputs.Select(output => new FeatureOutput(output.Name, output.Size, output.Unit))];

    /// <summary>Puts the state on the disk in one step.</summary>
    public void Write(string folder) => DurableFiles.Write(
        Path.Combine(folder, FileName), JsonSerializer.SerializeToUtf8Bytes(this, ExtractionStateJson.Default.ExtractionState));

    /// <summary>What differs from other features, by name.</summary>
    public IEnumerable<string> DifferencesTo(ExtractionState other) => MadeOf.Keys.Union(other.MadeOf.Keys)
        .Where(key => MadeOf.GetValueOrDefault(key) != other.MadeOf.GetValueOrDefault(key)).Select(key => key.Replace('_', ' '));

    private static string Damage(string path, string fault) =>
        $"'{path}' does not tell how far its features are: {fault}. Name another folder, or begin anew with --force.";
}

/// <summary>One matrix of a folder of features.</summary>
internal sealed record StoredOutput(string Name, int Size, bool Unit, string File);

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ExtractionState))]
internal sealed partial class ExtractionStateJson : JsonSerializerContext;
