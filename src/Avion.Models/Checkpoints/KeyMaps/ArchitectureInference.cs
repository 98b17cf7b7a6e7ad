namespace Avion.Models;

/// <summary>Finds out from names and shapes what model a set of weights belongs to.</summary>
/// <remarks>
/// Sizes stand in the shapes, except the number of heads (<see cref="UsualHeadCount"/>). What shapes cannot tell is known of the family:
/// OpenAI's and LaViLa's weights have the quick GELU and 1e-5 in all norms, AVION's the exact GELU and 1e-6 in the vision tower.
/// VideoMAE's positions are no weights, so frames and their size have to be told; 16 of 224 pixels are the published ones.
/// </remarks>
internal static class ArchitectureInference
{
    /// <summary>
    /// Heads of a transformer in all published models: the width over 64, and 16 in the vision transformers of the sizes H, g and G;
    /// null for a width that none has.
    /// </summary>
    public static int? UsualHeadCount(int width, bool isText = false)
    {
        const int HeadSize = 64;
        return !isText && width is 1280 or 1408 or 1664 ? 16 : width % HeadSize == 0 ? width / HeadSize : null;
    }

    /// <summary>The architecture, or null if the weights are not those of a whole model.</summary>
    public static ModelArchitecture? Of(WeightSet weights, ConversionOptions options)
    {
        ModelArchitecture ofClip = new() { Normalization = options.Normalization ?? UsualNormalization(weights) };
        ModelArchitecture ofMae = new() { Normalization = options.Normalization ?? PixelNormalization.ImageNet };
        bool hasDecoder = weights.Find("decoder.head.weight") is not null;
        ModelArchitecture? found = weights.Find("encoder.patch_embed.proj.weight") is { } encoder && hasDecoder
                ? ofMae with { VideoMae = Autoencoder(weights, encoder, options) }
            : weights.Find("patch_embed.proj.weight") is { } tubelets && weights.Find("head.weight") is { } head
                ? ofMae with { VideoMaeClassifier = MaeClassifier(weights, tubelets, head, options) }
            : Vision(weights, options) is not { } vision ? null
            : Text(weights, options) is { } text && weights.Find("visual.image_projection") is { } projection
                ? ofClip with
                {
                    DualEncoder = new DualEncoderConfig { EmbeddingSize = Extent(projection, 1), Vision = vision, Text = text },
                }
            : Heads(weights) is { Length: > 0 } heads
                ? ofClip with { VideoClassifier = new VideoClassifierConfig { Vision = vision, Heads = heads } }
            : null;
        found?.Validate();
        return found;
    }

    /// <summary>The pixels' normalization that the weights of a family of dual encoders were trained with.</summary>
    public static PixelNormalization UsualNormalization(WeightSet weights) =>
        IsOwn(weights) || weights.Family == WeightFamily.LaviLa ? PixelNormalization.LaviLaLegacy : PixelNormalization.OpenAi;

    /// <summary>The vision tower, or null if the weights have none.</summary>
    public static VisionConfig? Vision(WeightSet weights, ConversionOptions options)
    {
        if (weights.Find("visual.conv1.weight") is not { } patches || weights.Find("visual.positional_embedding") is not { } positions)
        {
            return null;
        }

        int width = Extent(patches, 0), patch = Root(Extent(patches, 1) / 3), grid = Root(Extent(positions, 0) - 1);
        WeightTensor? time = weights.Find("visual.temporal_embedding");
        return new VisionConfig
        {
            ImageSize = grid * patch, PatchSize = patch, FrameCount = time is null ? 1 : Extent(time, 0), Width = width,
            LayerCount = Layers(weights, "visual.transformer.resblocks."),
            HeadCount = Heads("vision", width, UsualHeadCount(width), options.HeadCount, "--heads"), Gelu = Gelu(weights, options),
            LayerNormEpsilon = IsOwn(weights) ? 1e-6f : 1e-5f,
            LayerScale = LayerScale(weights, "visual.transformer.resblocks.0.ls_1.gamma"),
        };
    }

    /// <summary>The text tower, or null if the weights have none.</summary>
    public static TextConfig? Text(WeightSet weights, ConversionOptions options)
    {
        if (weights.Find("textual.positional_embedding") is not { } context
            || weights.Find("textual.token_embedding.weight") is not { } tokens)
        {
            return null;
        }

        int width = Extent(tokens, 1);
        return new TextConfig
        {
            ContextLength = Extent(context, 0), VocabularySize = Extent(tokens, 0), Width = width,
            LayerCount = Layers(weights, "textual.transformer.resblocks."),
            HeadCount = Heads("text", width, UsualHeadCount(width, isText: true), options.TextHeadCount, "--text-heads"),
            Gelu = Gelu(weights, options),
            LayerScale = LayerScale(weights, "textual.transformer.resblocks.0.ls_1.gamma"),
        };
    }

    // AVION's models compute with the exact GELU, those of LaViLa, whose names they share in part, with the quick one.
    private static GeluKind Gelu(WeightSet weights, ConversionOptions options) => options.Gelu
        ?? (weights.Family is WeightFamily.OpenAi or WeightFamily.LaviLa ? GeluKind.Quick : GeluKind.Erf);

    private static bool IsOwn(WeightSet weights) => weights.Family is WeightFamily.Avion or WeightFamily.AvionPlain;

    private static int Heads(string part, int width, int? usual, int? stated, string option) => stated ?? usual
        ?? throw new ArgumentException($"Nothing tells how many attention heads the {part} transformer of width {width} has, and no "
            + $"published model has that width. Give {option} N.");

    // The weights are there; what they began with is of no consequence any more.
    private static float? LayerScale(WeightSet weights, string name) => weights.Find(name) is null ? null : 1;

    // Beside the vision tower a classifier has nothing but its heads: a matrix and a bias each.
    private static ClassifierHead[] Heads(WeightSet weights) => weights.Find("textual.token_embedding.weight") is not null ? [] :
    [
        .. weights.Tensors.Where(tensor => !tensor.Name.StartsWith("visual.", StringComparison.Ordinal)
                && tensor.Name.EndsWith(".weight", StringComparison.Ordinal) && tensor.Entry.Extents.Length == 2
                && weights.Find(tensor.Name[..^"weight".Length] + "bias") is not null)
            .Select(tensor => new ClassifierHead(tensor.Name[..^".weight".Length], Extent(tensor, 0))),
    ];

    private static VideoMaeConfig Autoencoder(WeightSet weights, WeightTensor projection, ConversionOptions options) => new()
    {
        Tubelets = Tubelets(projection, options) with { LayerScale = LayerScale(weights, "encoder.blocks.0.gamma_1") },
        Encoder = Size(weights, "encoder.blocks.", Extent(projection, 0), options.HeadCount, "--heads"),
        Decoder = Size(weights, "decoder.blocks.", Extent(weights.Find("decoder.head.weight")!, 1), options.DecoderHeadCount,
            "--decoder-heads"),
    };

    private static VideoMaeClassifierConfig MaeClassifier(
        WeightSet weights, WeightTensor projection, WeightTensor head, ConversionOptions options) => new()
    {
        Tubelets = Tubelets(projection, options) with { LayerScale = LayerScale(weights, "blocks.0.gamma_1") },
        Encoder = Size(weights, "blocks.", Extent(projection, 0), options.HeadCount, "--heads"),
        ClassCount = Extent(head, 0),
    };

    private static TubeletConfig Tubelets(WeightTensor projection, ConversionOptions options)
    {
        TubeletConfig published = new();
        return published with
        {
            PatchSize = Root(Extent(projection, 1) / (3 * published.TubeletFrames)),
            FrameCount = options.FrameCount ?? published.FrameCount,
            ImageSize = options.ImageSize ?? published.ImageSize,
        };
    }

    private static TransformerSize Size(WeightSet weights, string prefix, int width, int? heads, string option) => new(
        width, Layers(weights, prefix), Heads(prefix.Split('.')[0] is "decoder" ? "decoder" : "encoder", width, UsualHeadCount(width),
            heads, option));

    private static int Extent(WeightTensor tensor, int dimension) => tensor.Entry.Extents.Length > dimension
        ? checked((int)tensor.Entry.Extents[dimension])
        : throw new ArgumentException($"Tensor '{tensor.Name}' has shape {tensor.Entry.ShapeText}; "
            + $"expected at least {dimension + 1} dimensions.");

    private static int Root(int area) => (int)Math.Round(Math.Sqrt(area));

    private static int Layers(WeightSet weights, string prefix) => weights.Tensors
        .Where(tensor => tensor.Name.StartsWith(prefix, StringComparison.Ordinal))
        .Select(tensor => tensor.Name[prefix.Length..].Split('.')[0])
        .Select(number => int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int layer) ? layer + 1 : 0)
        .DefaultIfEmpty(0).Max();
}
