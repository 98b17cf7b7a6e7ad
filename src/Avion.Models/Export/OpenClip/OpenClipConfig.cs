using System.Text.Json;

namespace Avion.Models;

/// <summary>A dual encoder as open_clip's configuration describes it.</summary>
internal static class OpenClipConfig
{
    private const float UsualEpsilon = 1e-5f, Bytes = 255;

    /// <summary>Makes sure that open_clip has all that the model is made of.</summary>
    /// <exception cref="ExportException">It has not.</exception>
    public static void RequireKnown(DualEncoderConfig config)
    {
        bool isQuick = config.Vision.Gelu == GeluKind.Quick;
        string? lacking = config.Vision.Pooling == VisionPooling.Mean ? "the mean over all tokens, the class token among them "
            + "(model.vision.pooling)"
            : !config.Text.IsCausal ? "texts that see what follows without their padding (model.text.causal)"
            : isQuick != (config.Text.Gelu == GeluKind.Quick) ? "the quick GELU in one tower alone (model.vision.gelu, model.text.gelu)"
            : null;
        if (lacking is not null)
        {
            throw new ExportException($"open_clip does not have {lacking}, which the model was trained with. Take --to onnx.");
        }
    }

    /// <summary>As JSON.</summary>
    public static string ToJson(DualEncoderConfig config, PixelNormalization normalization) => ExportJson.Text(json =>
    {
        WriteModel(json, config);
        json.WriteStartObject("preprocess_cfg");
        json.WriteNumber("size", config.Vision.ImageSize);
        json.WriteArray("mean", normalization.Mean, value => json.WriteNumberValue(value / Bytes));
        json.WriteArray("std", normalization.Deviation, value => json.WriteNumberValue(value / Bytes));
        json.WriteString("interpolation", "bilinear");
        json.WriteString("resize_mode", "shortest");
        json.WriteEndObject();
    });

    private static void WriteModel(Utf8JsonWriter json, DualEncoderConfig config)
    {
        VisionConfig vision = config.Vision;
        TextConfig words = config.Text;
        json.WriteStartObject("model_cfg");
        json.WriteNumber("embed_dim", config.EmbeddingSize);
        json.WriteBoolean("quick_gelu", vision.Gelu == GeluKind.Quick);
        if (config.InitialLogitBias is { } bias)
        {
            json.WriteNumber("init_logit_bias", bias);
        }

        json.WriteStartObject("vision_cfg");
        json.WriteNumber("image_size", vision.ImageSize);
        json.WriteNumber("patch_size", vision.PatchSize);
        json.WriteNumber("width", vision.Width);
        json.WriteNumber("layers", vision.LayerCount);
        json.WriteNumber("head_width", vision.Width / vision.HeadCount);
        WriteBlocks(json, vision.Gelu, vision.LayerNormEpsilon, vision.LayerScale);
        json.WriteEndObject();
        json.WriteStartObject("text_cfg");
        json.WriteNumber("context_length", words.ContextLength);
        json.WriteNumber("vocab_size", words.VocabularySize);
        json.WriteNumber("width", words.Width);
        json.WriteNumber("layers", words.LayerCount);
        json.WriteNumber("heads", words.HeadCount);
        WriteBlocks(json, words.Gelu, words.LayerNormEpsilon, words.LayerScale);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>Where blocks differ from the usual ones.</summary>
    private static void WriteBlocks(Utf8JsonWriter json, GeluKind gelu, float epsilon, float? layerScale)
    {
        if (layerScale is { } scale)
        {
            json.WriteNumber("ls_init_value", scale);
        }

        if (gelu == GeluKind.Tanh)
        {
            json.WriteStartObject("act_kwargs");
            json.WriteString("approximate", "tanh");
            json.WriteEndObject();
        }

        if (epsilon != UsualEpsilon)
        {
            json.WriteStartObject("norm_kwargs");
            json.WriteNumber("eps", epsilon);
            json.WriteEndObject();
        }
    }
}
