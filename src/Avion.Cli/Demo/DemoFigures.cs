using System.Text.Json.Serialization;

namespace Avion.Cli;

/// <summary>What a demo measured; `--json` writes these names.</summary>
/// <param name="MapT2v">Mean average precision, text to video, over the held-out clips.</param>
/// <param name="MapV2t">Mean average precision, video to text.</param>
/// <param name="MapChance">Mean average precision text to video of a random order.</param>
/// <param name="MotionPairAccuracy">Share of held-out clips nearer to their caption than to the one
/// with the opposite motion; chance is one half.</param>
/// <param name="RecallAt1">Share of captions, text to video, whose first clip is right.</param>
/// <param name="ClipsPerSecond">Clips trained on per second of training.</param>
/// <param name="DataWaitFraction">Share of the training time spent waiting for clips.</param>
/// <param name="TrainSeconds">Time of training, evaluation aside.</param>
/// <param name="TotalSeconds">Time from start to report.</param>
public sealed record DemoFigures(
    double MapT2v, double MapV2t, double MapChance, double MotionPairAccuracy, [property: JsonPropertyName("recall_at_1")] double RecallAt1,
    double ClipsPerSecond, double DataWaitFraction, double TrainSeconds, double TotalSeconds)
{
    /// <summary>Mean average precision of a random order, video to text.</summary>
    [JsonIgnore]
    public double MapV2tChance { get; init; }

    /// <summary>Share of clips whose nearest caption has the right colour, shape and motion.</summary>
    [JsonIgnore]
    public (double Colour, double Shape, double Motion) Reading { get; init; }

    /// <summary>Recall at 1 of a random order, text to video.</summary>
    [JsonIgnore]
    public double RecallAt1Chance { get; init; }

    public void Write(string path) => File.WriteAllText(path, JsonSerializer.Serialize(this, DemoFiguresJson.Default.DemoFigures) + "\n");
}

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(DemoFigures))]
internal sealed partial class DemoFiguresJson : JsonSerializerContext;
