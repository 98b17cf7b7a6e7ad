using System.Text.Json.Serialization;

namespace Avion.Training;

/// <summary>What a run needs to go on, apart from weights and optimizer states: the content of <c>state.json</c>.</summary>
public sealed record CheckpointState
{
    /// <summary>Version of the checkpoint's layout.</summary>
    public int Format { get; init; } = 1;

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

    /// <summary>Clips that could not be read so far.</summary>
    public long BadClips { get; init; }

    /// <summary>Metric that decides which checkpoint is the best.</summary>
    public string BestMetric { get; init; } = "";

    /// <summary>Its best value so far; null before the first evaluation.</summary>
    public double? BestValue { get; init; }

    /// <summary>The step that had it.</summary>
    public long? BestStep { get; init; }

    /// <summary>Metrics of this checkpoint, if it was evaluated.</summary>
    public IReadOnlyDictionary<string, double> Metrics { get; init; } = new Dictionary<string, double>();

    /// <summary>Size and digest of each other file of the checkpoint, by name.</summary>
    public IReadOnlyDictionary<string, FileDigest> Files { get; init; } = new Dictionary<string, FileDigest>();

    internal string ToJson() => JsonSerializer.Serialize(this, CheckpointJson.Default.CheckpointState) + "\n";

    /// <exception cref="JsonException">The text is not a checkpoint's state.</exception>
    internal static CheckpointState Parse(ReadOnlySpan<byte> json) =>
        JsonSerializer.Deserialize(json, CheckpointJson.Default.CheckpointState) ?? throw new JsonException("the file holds null");
}

/// <summary>Reads and writes <see cref="CheckpointState"/> without reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    WriteIndented = true,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(CheckpointState))]
internal sealed partial class CheckpointJson : JsonSerializerContext;
