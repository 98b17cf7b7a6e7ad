namespace Avion.Training;

/// <summary>What masked video pre-training adds to a recipe: the autoencoder and how much of a clip it does not see.</summary>
public sealed record MaskedVideoOptions : TaskOptions
{
    private const int TubeletFrames = 2;

    public int Frames { get; init; } = 16;

    public int ImageSize { get; init; } = 224;

    public int PatchSize { get; init; } = 16;

    public TransformerSize Encoder { get; init; } = VideoMaeConfig.Base.Encoder;

    public TransformerSize Decoder { get; init; } = VideoMaeConfig.Base.Decoder;

    public string PixelNormalization { get; init; } = "imagenet";

    public double DropPath { get; init; }

    public double MaskRatio { get; init; } = 0.9;

    /// <summary>One of <see cref="DecoderTokenWords"/>.</summary>
    public string DecoderTokens { get; init; } = DecoderTokenWords[0];

    public double DecoderShare { get; init; } = 0.5;

    public bool NormalizesTargets { get; init; } = true;

    /// <summary>Which hidden tokens are predicted.</summary>
    public DecoderTokens DecoderTokensKind => (DecoderTokens)Array.IndexOf(DecoderTokenWords, DecoderTokens);

    /// <summary>The values of <see cref="Training.DecoderTokens"/>, as recipes write them.</summary>
    private static string[] DecoderTokenWords { get; } = ["all", "running_cell", "motion"];

    internal static IEnumerable<RecipeKey> Keys
    {
        get
        {
            RecipeSection<MaskedVideoOptions> model = TaskSection.Of<MaskedVideoOptions>("model.");
            yield return model.Integer("frames", "Frames per clip, a multiple of 2.", 2, 4096,
                m => m.Frames, (m, v) => m with { Frames = (int)v });
            yield return model.Integer("image_size", "Height and width of a frame in pixels.", 1, 4096,
                m => m.ImageSize, (m, v) => m with { ImageSize = (int)v });
            yield return model.Integer("patch_size", "Height and width of a tubelet in pixels.", 1, 4096,
                m => m.PatchSize, (m, v) => m with { PatchSize = (int)v });
            yield return model.Choice("pixel_normalization", "Mean and deviation that pixels are normalised by.",
                [.. Models.PixelNormalization.Known.Select(known => known.Name)], m => m.PixelNormalization,
                (m, v) => m with { PixelNormalization = v });
            yield return model.Number("drop_path", "Share of clips that go without a branch of the encoder's last block in training; "
                + "less in those before.", NumberRange.AtLeastBelow(0, 1), m => m.DropPath, (m, v) => m with { DropPath = v });
            yield return model.Number("mask_ratio", "Share of a clip's tubes that the encoder does not see.",
                NumberRange.Between(0.01, 0.999), m => m.MaskRatio, (m, v) => m with { MaskRatio = v });
            yield return model.Choice("decoder_tokens", "Which hidden tokens the decoder predicts: all, those of a pattern that moves on "
                + "from frame to frame (running_cell), or those in which most moves (motion).", DecoderTokenWords, m => m.DecoderTokens,
                (m, v) => m with { DecoderTokens = v });
            yield return model.Number("decoder_share", "Share of the hidden tokens that the decoder predicts, where model.decoder_tokens "
                + "is not all; running_cell takes quarters.", NumberRange.Between(0.01, 1), m => m.DecoderShare,
                (m, v) => m with { DecoderShare = v });
            yield return model.Boolean("normalize_targets", "Predict each tubelet's pixels normalised by their own mean and deviation; "
                + "otherwise the pixels as the model reads them.", m => m.NormalizesTargets, (m, v) => m with { NormalizesTargets = v });
            IEnumerable<RecipeKey> transformers =
            [
                .. StartOptions.Keys,
                .. KeysIn(model.Part("encoder.", m => m.Encoder, (m, v) => m with { Encoder = v })),
                .. KeysIn(model.Part("decoder.", m => m.Decoder, (m, v) => m with { Decoder = v })),
            ];
            foreach (RecipeKey key in transformers)
            {
                yield return key;
            }
        }
    }

    /// <summary>A recipe's part for the task.</summary>
    public static MaskedVideoOptions Of(Recipe recipe) => recipe.OptionsOf<MaskedVideoOptions>();

    /// <summary>The sizes of the model.</summary>
    public VideoMaeConfig ModelConfig() => new()
    {
        Tubelets = new TubeletConfig { FrameCount = Frames, TubeletFrames = TubeletFrames, ImageSize = ImageSize, PatchSize = PatchSize },
        Encoder = Encoder,
        Decoder = Decoder,
        NormalizesTargets = NormalizesTargets,
        DropPathRate = (float)DropPath,
    };

    /// <inheritdoc />
    public override IEnumerable<string> Contradictions()
    {
        if (ImageSize % PatchSize != 0)
        {
            yield return $"model.image_size is {ImageSize}, expected a multiple of model.patch_size {PatchSize}.";
        }

        if (Frames % TubeletFrames != 0)
        {
            yield return $"model.frames is {Frames}, expected a multiple of {TubeletFrames}, the frames of a tubelet.";
        }

        if ((int)(MaskRatio * (ImageSize / PatchSize) * (ImageSize / PatchSize)) == 0)
        {
            yield return $"model.mask_ratio is {RecipeText.Of(MaskRatio)}, which hides none of the {ImageSize / PatchSize} x "
                + $"{ImageSize / PatchSize} tubes of a clip.";
        }

        if (DecoderTokensKind == Training.DecoderTokens.RunningCell && Frames % (4 * TubeletFrames) != 0)
        {
            yield return $"model.frames is {Frames}, expected a multiple of {4 * TubeletFrames} where model.decoder_tokens is "
                + "running_cell, so that every clip predicts equally many tokens.";
        }

        if (DecoderTokensKind == Training.DecoderTokens.Motion && Frames < 2 * TubeletFrames)
        {
            yield return $"model.frames is {Frames}, expected at least {2 * TubeletFrames} where model.decoder_tokens is motion.";
        }

        foreach ((string name, TransformerSize size) in new[] { ("encoder", Encoder), ("decoder", Decoder) })
        {
            if (size.Width % size.HeadCount != 0 || size.Width % 2 != 0)
            {
                yield return $"model.{name}.width is {size.Width}, expected an even multiple of model.{name}.heads {size.HeadCount}.";
            }
        }
    }

    private static IEnumerable<RecipeKey> KeysIn(RecipeSection<TransformerSize> transformer)
    {
        yield return transformer.Integer("width", "Features per token.", 2, 65536, t => t.Width, (t, v) => t with { Width = (int)v });
        yield return transformer.Integer("layers", "Transformer blocks.", 1, 1024, t => t.LayerCount,
            (t, v) => t with { LayerCount = (int)v });
        yield return transformer.Integer("heads", "Attention heads.", 1, 1024, t => t.HeadCount, (t, v) => t with { HeadCount = (int)v });
    }
}
