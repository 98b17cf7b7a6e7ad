using System;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Avion.Models;

/// <summary>What a model is, as a checkpoint tells it: one of the kinds, with its configuration, and the pixels' normalization.</summary>
public sealed record ModelArchitecture
{
    /// <summary>Set for a dual encoder.</summary>
    public DualEncoderConfig? DualEncoder { get; init; }

    /// <summary>Set for a classifier over a dual encoder's vision tower.</summary>
    public VideoClassifierConfig? VideoClassifier { get; init; }

    /// <summary>Set for a masked video autoencoder.</summary>
    public VideoMaeConfig? VideoMae { get; init; }

    /// <summary>Set for a classifier over a VideoMAE encoder.</summary>
    public VideoMaeClassifierConfig? VideoMaeClassifier { get; init; }

    /// <summary>How bytes of pixels become numbers.</summary>
    public required PixelNormalization Normalization { get; init; }

    /// <summary>As JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, ModelJson.Default.ModelArchitecture);

    /// <summary>From JSON.</summary>
    /// <exception cref="JsonException">The text is not JSON of this form, or names an unknown field or a missing one.</exception>
    /// <exception cref="ArgumentException">The sizes do not go together.</exception>
    public static ModelArchitecture FromJson(string json)
    {
        ModelArchitecture architecture = JsonSerializer.Deserialize(json, ModelJson.Default.ModelArchitecture)
            ?? throw new JsonException("The model's description is null.");
        architecture.Normalization.Validate();
        architecture.DualEncoder?.Validate();
        architecture.VideoClassifier?.Validate();
        architecture.VideoMae?.Validate();
        architecture.VideoMaeClassifier?.Validate();
        return architecture;
    }
}

/// <summary>JSON without reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    UseStringEnumConverter = true,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(ModelArchitecture))]
internal sealed partial class ModelJson : JsonSerializerContext;
