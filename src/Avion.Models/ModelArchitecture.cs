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

    /// <summary>What kind of model it is, with its article, for messages.</summary>
    [JsonIgnore]
    public string Kind => DualEncoder is not null ? "a dual encoder"
        : VideoClassifier is not null ? "a video classifier"
        : VideoMae is not null ? "a masked video autoencoder"
        : VideoMaeClassifier is not null ? "a VideoMAE classifier"
        : "a model of an unknown kind";

    /// <summary>Makes the model with all parameters zero, to be filled from a file.</summary>
    /// <exception cref="ArgumentException">None of the kinds is set.</exception>
    internal Model Create(Device device, bool withGradients) =>
        DualEncoder is not null ? Models.DualEncoder.CreateUninitialized(DualEncoder, device, Normalization, withGradients, out _)
        : VideoClassifier is not null ? Models.VideoClassifier.CreateUninitialized(VideoClassifier, device, Normalization, withGradients)
        : VideoMae is not null ? Models.VideoMae.CreateUninitialized(VideoMae, device, Normalization, withGradients)
        : VideoMaeClassifier is not null
            ? Models.VideoMaeClassifier.CreateUninitialized(VideoMaeClassifier, device, Normalization, withGradients)
        : throw new ArgumentException("A model's description names none of the known kinds.");

    /// <summary>As JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, ModelJson.Default.ModelArchitecture);

    /// <summary>From JSON.</summary>
    /// <exception cref="JsonException">The text is not JSON of this form, or names an unknown field or a missing one.</exception>
    /// <exception cref="ArgumentException">The sizes do not go together.</exception>
    public static ModelArchitecture FromJson(string json)
    {
        ModelArchitecture architecture = JsonSerializer.Deserialize(json, ModelJson.Default.ModelArchitecture)
            ?? throw new JsonException("The model's description is null.");
        architecture.Validate();
        return architecture;
    }

    /// <summary>Checks that the sizes go together.</summary>
    /// <exception cref="ArgumentException">They do not.</exception>
    public void Validate()
    {
        Normalization.Validate();
        DualEncoder?.Validate();
        VideoClassifier?.Validate();
        VideoMae?.Validate();
        VideoMaeClassifier?.Validate();
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
