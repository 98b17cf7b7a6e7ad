namespace Avion.Training;

/// <summary>The vision transformer (keys <c>model.vision.*</c>).</summary>
public sealed record VisionOptions
{
    public int Frames { get; init; } = 4;

    public int ImageSize { get; init; } = 224;

    public int PatchSize { get; init; } = 16;

    public int Width { get; init; } = 768;

    public int Layers { get; init; } = 12;

    public int Heads { get; init; } = 12;

    public string Gelu { get; init; } = ModelFacts.Of(GeluKind.Erf);

    public double NormEpsilon { get; init; } = 1e-6;

    public string PixelNormalization { get; init; } = "openai";

    public string Initialization { get; init; } = "published";

    public double PatchDropout { get; init; }

    public double DropPath { get; init; }

    public double LayerScale { get; init; }

    internal static IEnumerable<RecipeKey> KeysIn(RecipeSection<VisionOptions> vision)
    {
        yield return vision.Integer("frames", "Frames per clip.", 1, 4096, s => s.Frames, (s, v) => s with { Frames = (int)v });
        yield return vision.Integer("image_size", "Height and width of a frame in pixels.", 1, 4096,
            s => s.ImageSize, (s, v) => s with { ImageSize = (int)v });
        yield return vision.Integer("patch_size", "Height and width of a patch in pixels.", 1, 4096,
            s => s.PatchSize, (s, v) => s with { PatchSize = (int)v });
        yield return vision.Integer("width", "Features per token.", 1, 65536, s => s.Width, (s, v) => s with { Width = (int)v });
        yield return vision.Integer("layers", "Transformer blocks.", 1, 1024, s => s.Layers, (s, v) => s with { Layers = (int)v });
        yield return vision.Integer("heads", "Attention heads.", 1, 1024, s => s.Heads, (s, v) => s with { Heads = (int)v });
        yield return vision.Choice("gelu", TowerText.Gelu, TowerText.Gelus, s => s.Gelu, (s, v) => s with { Gelu = v });
        yield return vision.Number("norm_epsilon", TowerText.NormEpsilon, NumberRange.Between(1e-12, 1), s => s.NormEpsilon,
            (s, v) => s with { NormEpsilon = v });
        yield return vision.Choice("pixel_normalization", "Mean and deviation that pixels are normalised by.",
            [.. Models.PixelNormalization.Known.Select(known => known.Name)], s => s.PixelNormalization,
            (s, v) => s with { PixelNormalization = v });
        yield return vision.Choice("initialization",
            "First values: as published, or scaled by width and depth for training from scratch.", ["published", "scaled"],
            s => s.Initialization, (s, v) => s with { Initialization = v });
        yield return vision.Number("patch_dropout", "Share of each clip's patches that training leaves out; evaluation sees all.",
            NumberRange.AtLeastBelow(0, 1), s => s.PatchDropout, (s, v) => s with { PatchDropout = v });
        yield return vision.Number("drop_path", "Share of clips that go without a branch of a block in training.",
            NumberRange.AtLeastBelow(0, 1), s => s.DropPath, (s, v) => s with { DropPath = v });
        yield return vision.Number("layer_scale", "First value of learned factors on each block's branches, such as 1e-5; 0: none.",
            NumberRange.AtLeast(0), s => s.LayerScale, (s, v) => s with { LayerScale = v });
    }

    /// <summary>The sizes of the tower.</summary>
    public VisionConfig ModelConfig() => new()
    {
        FrameCount = Frames,
        ImageSize = ImageSize,
        PatchSize = PatchSize,
        Width = Width,
        LayerCount = Layers,
        HeadCount = Heads,
        Gelu = TowerText.GeluOf(Gelu),
        LayerNormEpsilon = (float)NormEpsilon,
        Initialization = Initialization == "scaled" ? VisionInitialization.Scaled : VisionInitialization.Published,
        LayerScale = LayerScale > 0 ? (float)LayerScale : null,
        PatchDropoutRate = (float)PatchDropout,
        DropPathRate = (float)DropPath,
    };
}

/// <summary>The text transformer (keys <c>model.text.*</c>).</summary>
public sealed record TextOptions
{
    public int ContextLength { get; init; } = 77;

    public int VocabularySize { get; init; } = 49408;

    public int Width { get; init; } = 512;

    public int Layers { get; init; } = 12;

    public int Heads { get; init; } = 8;

    public string Gelu { get; init; } = ModelFacts.Of(GeluKind.Erf);

    public double NormEpsilon { get; init; } = 1e-5;

    public double LayerScale { get; init; }

    internal static IEnumerable<RecipeKey> KeysIn(RecipeSection<TextOptions> text)
    {
        yield return text.Integer("context_length", "Longest caption in tokens, start and end included; longer ones are cut.", 3, 65536,
            s => s.ContextLength, (s, v) => s with { ContextLength = (int)v });
        yield return text.Integer("vocabulary_size", "Rows of the token embedding; with no data.vocabulary, also the largest "
            + "vocabulary that is trained on the captions.", 514, 1 << 24,
            s => s.VocabularySize, (s, v) => s with { VocabularySize = (int)v });
        yield return text.Integer("width", "Features per token.", 1, 65536, s => s.Width, (s, v) => s with { Width = (int)v });
        yield return text.Integer("layers", "Transformer blocks.", 1, 1024, s => s.Layers, (s, v) => s with { Layers = (int)v });
        yield return text.Integer("heads", "Attention heads.", 1, 1024, s => s.Heads, (s, v) => s with { Heads = (int)v });
        yield return text.Choice("gelu", TowerText.Gelu, TowerText.Gelus, s => s.Gelu, (s, v) => s with { Gelu = v });
        yield return text.Number("norm_epsilon", TowerText.NormEpsilon, NumberRange.Between(1e-12, 1), s => s.NormEpsilon,
            (s, v) => s with { NormEpsilon = v });
        yield return text.Number("layer_scale", "First value of learned factors on each block's branches, such as 1e-5; 0: none.",
            NumberRange.AtLeast(0), s => s.LayerScale, (s, v) => s with { LayerScale = v });
    }

    /// <summary>The sizes of the tower, for a vocabulary of so many tokens.</summary>
    public TextConfig ModelConfig(int vocabularySize) => new()
    {
        ContextLength = ContextLength,
        VocabularySize = vocabularySize,
        Width = Width,
        LayerCount = Layers,
        HeadCount = Heads,
        Gelu = TowerText.GeluOf(Gelu),
        LayerNormEpsilon = (float)NormEpsilon,
        LayerScale = LayerScale > 0 ? (float)LayerScale : null,
    };
}

/// <summary>What both towers say alike.</summary>
file static class TowerText
{
    public const string Gelu = "Non-linearity of the MLPs: erf (exact), quick (as OpenAI trained CLIP) or tanh.";

    public const string NormEpsilon = "Added to the variance in layer normalization.";

    public static string[] Gelus { get; } = [.. Enum.GetValues<GeluKind>().Select(ModelFacts.Of)];

    public static GeluKind GeluOf(string word) => Enum.GetValues<GeluKind>().First(kind => ModelFacts.Of(kind) == word);
}
