namespace Avion.Models;

/// <summary>What a folder of ONNX graphs says to people.</summary>
internal static class OnnxReadme
{
    public const string FileName = "README.md";

    /// <summary>As Markdown.</summary>
    public static string Of(ModelArchitecture architecture, ExportDetails details)
    {
        VideoInput input = VideoInput.Of(architecture);
        bool isEncoder = architecture.DualEncoder is not null;
        return $$"""
            # {{(isEncoder ? "Video and text encoder" : "Video classifier")}} in ONNX

            Weights: {{details.WeightsText}}. Written by `avion export --to onnx`; operator set {{OnnxFile.OperatorSet}}, float32, no operators of
            other domains. [model.json](model.json) tells programs what stands here.

            | file | input | output |
            |---|---|---|
            {{(isEncoder ? EncoderRows(architecture.DualEncoder!, input) : ClassifierRow(architecture, input))}}

            The batch may have any size. **Pixels** are bytes, RGB, a frame `[3, height, width]`: the graph normalizes them itself. Avion reads
            {{FramesOf(input, details)}}; the shorter side becomes {{input.ImageSize}} pixels and the centre is cropped.
            {{(isEncoder ? TextContract(architecture.DualEncoder!.Text, details) : "")}}
            ```python
            import json
            import numpy, onnxruntime

            facts = json.load(open("model.json"))
            clips = numpy.random.randint(0, 256, (2, {{input.FrameCount}}, 3, {{input.ImageSize}}, {{input.ImageSize}}), dtype=numpy.uint8)  # yours instead
            {{(isEncoder ? EncoderExample(architecture.DualEncoder!, details) : ClassifierExample(architecture, details))}}
            ```

            """;
    }

    private static string FramesOf(VideoInput input, ExportDetails details) => input.FrameCount == 1 ? "the middle frame of a clip"
        : details.FrameStride is { } stride ? $"{input.FrameCount} frames around the middle of a clip, {stride} frames from one to the next"
        : $"{input.FrameCount} frames, each the middle of one of as many equal parts of a clip";

    private static string EncoderRows(DualEncoderConfig config, VideoInput input) => $"""
        | `video.onnx` | `pixels`: uint8 `{PixelShape(input)}` | `embedding`: float32 `[batch, {config.EmbeddingSize}]`, rows of length 1 |
        | `text.onnx` | `tokens`: int64 `[batch, length]` | `embedding`: float32 `[batch, {config.EmbeddingSize}]`, rows of length 1 |
        """;

    private static string ClassifierRow(ModelArchitecture architecture, VideoInput input) =>
        $"| `classifier.onnx` | `pixels`: uint8 `{PixelShape(input)}` | {string.Join(", ", OnnxDescription.HeadsOf(architecture).Select(
            head => $"`{head.Name}`: float32 `[batch, {head.ClassCount}]`, logits"))} |";

    private static string PixelShape(VideoInput input) => $"[batch, {input.FrameCount}, 3, {input.ImageSize}, {input.ImageSize}]";

    private static string TextContract(TextConfig text, ExportDetails details) => $"""

        **Tokens** of a text are start, its byte pairs, end, at most {text.ContextLength} together; shorter rows of a batch are filled up with zeros. {
            (details.Vocabulary is null ? "The vocabulary is the one that the model was trained with; it did not lie beside the weights."
            : "`vocabulary.txt` has the merges in the form of CLIP's `bpe_simple_vocab_16e6.txt`, which CLIP's and open_clip's tokenizers read (compressed by gzip).")}

        """;

    private static string EncoderExample(DualEncoderConfig config, ExportDetails details)
    {
        string tokens = details.Example is { } example
            ? $"""numpy.array([facts["text"]["example"]["tokens"]], dtype=numpy.int64)  # "{example.Text}" """.TrimEnd()
            : $"numpy.array([[{config.Text.VocabularySize - 2}, {config.Text.VocabularySize - 1}]], dtype=numpy.int64)  # start, "
                + "your text, end";
        return $"""
            tokens = {tokens}
            video = onnxruntime.InferenceSession("video.onnx").run(None, {"{"}"pixels": clips{"}"})[0]
            text = onnxruntime.InferenceSession("text.onnx").run(None, {"{"}"tokens": tokens{"}"})[0]
            print(video @ text.T)  # cosines, a row a clip
            """;
    }

    private static string ClassifierExample(ModelArchitecture architecture, ExportDetails details)
    {
        string shown = details.ClassNames is null ? "number" : """facts["classes"][number]""";
        return $"""
            logits = onnxruntime.InferenceSession("classifier.onnx").run(["{OnnxDescription.HeadsOf(architecture)[0].Name}"], {"{"}"pixels": clips{"}"})[0]
            print([{shown} for number in logits.argmax(axis=1)])
            """;
    }
}
