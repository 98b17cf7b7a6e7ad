using System.Collections.ObjectModel;
using System.Security.Cryptography;
using System.Text.Json.Serialization;

namespace Avion.Training;

/// <summary>What a run needs to go on, apart from weights and optimizer states: the content of <c>state.json</c>.</summary>
/// <remarks>Generated readers hand null to lists that a file lacks, which older checkpoints may: it stands for an empty one.</remarks>
public sealed record CheckpointState
{
    /// <summary>Format 2 has the digest of the state beside it and says what made the numbers.</summary>
    internal const int CurrentFormat = 2;

    /// <summary>Version of the checkpoint's layout.</summary>
    public int Format { get; init; } = CurrentFormat;

    /// <summary>What made the numbers; null in checkpoints of format 1, which did not say.</summary>
    public RunArithmetic? Arithmetic { get; init; }

    /// <summary>Optimizer steps completed.</summary>
    public required long Step { get; init; }

    /// <summary>Epoch of the next batch, from 0.</summary>
    public required int Epoch { get; init; }

    /// <summary>Step within the epoch of the next batch, from 0: with the seed it tells the next sample.</summary>
    public required int StepInEpoch { get; init; }

    public required ulong Seed { get; init; }

    /// <summary><see cref="RecipeWriter.Hash"/> of the recipe that made this checkpoint.</summary>
    public required string RecipeHash { get; init; }

    /// <summary>Samples of the training set; with another number the same position would mean other clips.</summary>
    public required int SampleCount { get; init; }

    /// <summary>What the training set says; null where it does not tell, and in checkpoints that were made before they held it.</summary>
    public ClipSetDigest? TrainingSet { get; init; }

    /// <summary>Clips that could not be read so far.</summary>
    public long BadClips { get; init; }

    /// <summary>Steps so far that changed nothing, because their loss or gradients were not finite.</summary>
    public long SkippedSteps { get; init; }

    /// <summary>Those of the last hundred steps.</summary>
    public IReadOnlyList<long> RecentSkippedSteps { get; init => field = value ?? []; } = [];

    /// <summary>The first finite losses of the run, against which its last ones are held.</summary>
    public IReadOnlyList<double> FirstLosses { get; init => field = value ?? []; } = [];

    /// <summary>Metric that decides which checkpoint is the best.</summary>
    public string BestMetric { get; init => field = value ?? ""; } = "";

    /// <summary>Its best value so far; null before the first evaluation.</summary>
    public double? BestValue { get; init; }

    /// <summary>The step that had it.</summary>
    public long? BestStep { get; init; }

    /// <summary>Metrics of this checkpoint, if it was evaluated.</summary>
    public IReadOnlyDictionary<string, double> Metrics { get; init => field = value ?? ReadOnlyDictionary<string, double>.Empty; }
        = ReadOnlyDictionary<string, double>.Empty;

    /// <summary>Size and digest of each other file of the checkpoint, by name.</summary>
    public IReadOnlyDictionary<string, FileDigest> Files { get; init; } = new Dictionary<string, FileDigest>();

    /// <summary>The content of <see cref="CheckpointStore.SumsFile"/> for a state that is written as <paramref name="json"/>: lines of
    /// <c>sha256sum</c>.</summary>
    internal string Sums(ReadOnlySpan<byte> json)
    {
        StringBuilder lines = new();
        foreach ((string name, FileDigest digest) in Files.OrderBy(file => file.Key, StringComparer.Ordinal))
        {
            lines.Append(digest.Sha256).Append("  ").Append(name).Append('\n');
        }

        lines.Append(Convert.ToHexStringLower(SHA256.HashData(json))).Append("  ").Append(CheckpointStore.StateFile).Append('\n');
        return lines.ToString();
    }

    internal string ToJson() => JsonSerializer.Serialize(this, CheckpointJson.Default.CheckpointState) + "\n";

    /// <exception cref="JsonException">The text is not a checkpoint's state.</exception>
    internal static CheckpointState Parse(ReadOnlySpan<byte> json)
    {
        CheckpointState state = JsonSerializer.Deserialize(json, CheckpointJson.Default.CheckpointState)
            ?? throw new JsonException("the file holds null.");
        return state.Files is not null && state.Files.All(file => file.Value is not null)
            && state.Files.Keys.All(name => Path.GetFileName(name) == name)
            ? state
            : throw new JsonException($"'{CheckpointStore.StateFile}' does not name the files of a checkpoint.");
    }
}

/// <summary>Reads and writes <see cref="CheckpointState"/> without reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    WriteIndented = true,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(CheckpointState))]
internal sealed partial class CheckpointJson : JsonSerializerContext;
