namespace Avion.Models;

/// <summary>What decides the computation of a model, by the names that recipes have for it.</summary>
public static class ModelFacts
{
    /// <summary>The facts of a description; those of training alone, such as dropout, are none.</summary>
    public static IReadOnlyList<ModelFact> Of(ModelArchitecture architecture)
    {
        string pixels = Of(architecture.Normalization);
        return architecture switch
        {
            { DualEncoder: { } encoder } =>
                [Clip, Head("embedding_size", encoder.EmbeddingSize), .. Of(encoder.Vision, pixels), .. Of(encoder.Text)],
            { VideoClassifier: { } classifier } => [Clip, .. Of(classifier.Vision, pixels)],
            { VideoMae: { } autoencoder } =>
            [
                VideoMae, .. Of(autoencoder.Tubelets, pixels), .. Of("encoder.", autoencoder.Encoder),
                .. Of("decoder.", autoencoder.Decoder),
            ],
            { VideoMaeClassifier: { } ofMae } => [VideoMae, .. Of(ofMae.Tubelets, pixels), .. Of("encoder.", ofMae.Encoder)],
            _ => [],
        };
    }

    /// <summary>The towers of a dual encoder, or one of them.</summary>
    internal static ModelFact Clip { get; } = new("architecture", "clip", FactKind.Size);

    private static ModelFact VideoMae { get; } = Clip with { Value = "videomae" };

    /// <summary>The name of a GELU in recipes.</summary>
    public static string Of(GeluKind gelu) => gelu.ToString().ToLowerInvariant();

    internal static IEnumerable<ModelFact> Of(VisionConfig vision, string pixels)
    {
        yield return Table("vision.frames", vision.FrameCount);
        yield return Table("vision.image_size", vision.ImageSize);
        yield return Size("vision.patch_size", vision.PatchSize);
        yield return Size("vision.width", vision.Width);
        yield return Size("vision.layers", vision.LayerCount);
        yield return Computation("vision.heads", Text(vision.HeadCount));
        yield return Computation("vision.gelu", Of(vision.Gelu));
        yield return Computation("vision.norm_epsilon", Text(vision.LayerNormEpsilon));
        yield return Computation("vision.pooling", vision.Pooling == VisionPooling.Mean ? "mean" : "class-token");
        yield return LayerScale("vision.layer_scale", vision.LayerScale);
        yield return Computation("vision.pixel_normalization", pixels);
    }

    internal static IEnumerable<ModelFact> Of(TextConfig text)
    {
        yield return Table("text.context_length", text.ContextLength);
        yield return new ModelFact("text.vocabulary_size", Text(text.VocabularySize), FactKind.Vocabulary);
        yield return Size("text.width", text.Width);
        yield return Size("text.layers", text.LayerCount);
        yield return Computation("text.heads", Text(text.HeadCount));
        yield return Computation("text.gelu", Of(text.Gelu));
        yield return Computation("text.norm_epsilon", Text(text.LayerNormEpsilon));
        yield return Computation("text.causal", text.IsCausal ? "true" : "false");
        yield return LayerScale("text.layer_scale", text.LayerScale);
    }

    internal static string Of(PixelNormalization normalization) =>
        PixelNormalization.Known.FirstOrDefault(known => known.Mean.SequenceEqual(normalization.Mean)
            && known.Deviation.SequenceEqual(normalization.Deviation))?.Name
        ?? $"mean {string.Join(' ', normalization.Mean.Select(Text))} deviation {string.Join(' ', normalization.Deviation.Select(Text))}";

    private static IEnumerable<ModelFact> Of(TubeletConfig tubelets, string pixels)
    {
        yield return Table("frames", tubelets.FrameCount);
        yield return Table("image_size", tubelets.ImageSize);
        yield return Size("patch_size", tubelets.PatchSize);
        yield return Size("tubelet_frames", tubelets.TubeletFrames);
        yield return Computation("norm_epsilon", Text(tubelets.LayerNormEpsilon));
        yield return LayerScale("layer_scale", tubelets.LayerScale);
        yield return Computation("pixel_normalization", pixels);
    }

    private static IEnumerable<ModelFact> Of(string part, TransformerSize size)
    {
        yield return Size(part + "width", size.Width);
        yield return Size(part + "layers", size.LayerCount);
        yield return Computation(part + "heads", Text(size.HeadCount));
    }

    private static ModelFact Size(string name, int value) => new(name, Text(value), FactKind.Size);

    private static ModelFact Table(string name, int value) => new(name, Text(value), FactKind.Table);

    private static ModelFact Head(string name, int value) => new(name, Text(value), FactKind.Head);

    private static ModelFact Computation(string name, string value) => new(name, value, FactKind.Computation);

    private static ModelFact LayerScale(string name, float? value) => new(name, Text(value ?? 0), FactKind.LayerScale);

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Text(float value) => value.ToString("R", CultureInfo.InvariantCulture).Replace('E', 'e');
}
