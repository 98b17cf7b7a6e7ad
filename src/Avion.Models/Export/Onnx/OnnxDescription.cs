using System.Text.Json;

namespace Avion.Models;

/// <summary>The file beside the graphs that tells programs what goes in and what comes out.</summary>
internal static class OnnxDescription
{
    public const string FileName = "model.json";

    public const string VideoFile = "video.onnx";

    public const string TextFile = "text.onnx";

    public const string ClassifierFile = "classifier.onnx";

    public const string VocabularyFile = "vocabulary.txt";

    /// <summary>As JSON.</summary>
    public static string Of(ExportSource source, ExportDetails details) => ExportJson.Text(json =>
    {
        json.WriteString("weights", details.WeightsText);
        json.WriteNumber("operator_set", OnnxFile.OperatorSet);
        ModelArchitecture architecture = source.Architecture;
        if (architecture.DualEncoder is { } encoder)
        {
            WriteVideo(json, VideoFile, VideoInput.Of(architecture), details, [(OnnxTowers.Embedding, encoder.EmbeddingSize)]);
            WriteText(json, encoder.Text, details);
            WriteScale(json, source);
        }
        else
        {
            WriteVideo(json, ClassifierFile, VideoInput.Of(architecture), details,
                HeadsOf(architecture).Select(head => (head.Name, head.ClassCount)));
            if (details.ClassNames is { } names)
            {
                json.WriteArray("classes", names, json.WriteStringValue);
            }
        }
    });

    /// <summary>The outputs of a classifier of either kind.</summary>
    public static IReadOnlyList<ClassifierHead> HeadsOf(ModelArchitecture architecture) =>
        architecture.VideoClassifier?.Heads ?? [new ClassifierHead(OnnxTowers.Head, architecture.VideoMaeClassifier!.ClassCount)];

    private static void WriteVideo(Utf8JsonWriter json, string file, VideoInput input, ExportDetails details,
        IEnumerable<(string Name, int Size)> outputs)
    {
        json.WriteStartObject("video");
        json.WriteString("file", file);
        json.WriteString("input", OnnxTowers.Pixels);
        json.WriteString("type", "uint8");
        json.WriteString("layout", "[batch, frames, 3, height, width], RGB");
        json.WriteNumber("frames", input.FrameCount);
        json.WriteNumber("size", input.ImageSize);
        json.WriteString("frame_sampling", details.FrameStride is null ? "segments" : "strided");
        if (details.FrameStride is { } stride)
        {
            json.WriteNumber("frame_stride", stride);
        }

        json.WriteString("crop", "shorter side to size, then the centre");
        json.WriteStartObject("normalization");
        json.WriteBoolean("is_in_graph", true);
        json.WriteArray("mean", input.Normalization.Mean, json.WriteNumberValue);
        json.WriteArray("deviation", input.Normalization.Deviation, json.WriteNumberValue);
        json.WriteEndObject();
        json.WriteStartObject("outputs");
        foreach ((string name, int size) in outputs)
        {
            json.WriteNumber(name, size);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteText(Utf8JsonWriter json, TextConfig text, ExportDetails details)
    {
        json.WriteStartObject("text");
        json.WriteString("file", TextFile);
        json.WriteString("input", OnnxTowers.Tokens);
        json.WriteString("type", "int64");
        json.WriteString("layout", "[batch, length], each row start, text, end, then zeros");
        json.WriteNumber("context_length", text.ContextLength);
        json.WriteNumber("vocabulary_size", text.VocabularySize);
        json.WriteString("vocabulary", details.Vocabulary is null ? null : VocabularyFile);
        if (details.Example is { } example)
        {
            json.WriteStartObject("example");
            json.WriteString("text", example.Text);
            json.WriteArray("tokens", example.Tokens, json.WriteNumberValue);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    /// <summary>What similarities are multiplied by, and what is added, for probabilities.</summary>
    private static void WriteScale(Utf8JsonWriter json, ExportSource source)
    {
        if (source.Weights.Find(DualEncoder.LogitScaleName) is { } scale)
        {
            json.WriteNumber("similarity_factor", (float)Math.Exp(scale.ReadFloats()[0]));
        }

        if (source.Weights.Find(DualEncoder.LogitBiasName) is { } bias)
        {
            json.WriteNumber("similarity_bias", bias.ReadFloats()[0]);
        }
    }
}
