namespace Avion.Models;

// Legend: B clips, N tokens of a clip, D width, C classes.

/// <summary>A classifier over all tubelets of a clip: encoder, mean of the tokens, norm, linear layer.</summary>
/// <remarks>Source: Tong et al. 2022 (arXiv:2203.12602), fine-tuning.</remarks>
public sealed class VideoMaeClassifier : Model
{
    private readonly TubeletEmbedding _embedding;
    private readonly Transformer _blocks;
    private readonly LayerParameters _norm, _head;
    private readonly FixedPositions _positions;
    private readonly ClipOffsets _offsets;

    private VideoMaeClassifier(VideoMaeClassifierConfig config, Device device, PixelNormalization normalization,
        out ParameterDeclarations declare)
        : base(device)
    {
        config.Validate();
        (Config, Normalization) = (config, normalization);
        declare = new ParameterDeclarations(Parameters);
        int width = config.Encoder.Width;
        _embedding = new TubeletEmbedding(declare, "", config.Tubelets, width);
        _blocks = VideoMaeBlocks.Declare(declare, "blocks.", config.Encoder, config.Tubelets,
            new StochasticDepth(config.DropPathRate, IsLinear: true), VideoMaeBlocks.Normal);
        BlockStacks = [new BlockStack("encoder", _blocks)];
        _norm = LayerParameters.Norm(declare, "fc_norm", width);
        _head = LayerParameters.Linear(declare, "head", width, config.ClassCount, InitialValue.Normal(0.02 * 0.001), InitialValue.Zero);
        _positions = new FixedPositions(device, config.Tubelets.TokenCount, width);
        _offsets = new ClipOffsets(config.Tubelets.TokenCount);
    }

    /// <summary>Sizes and choices.</summary>
    public VideoMaeClassifierConfig Config { get; }

    /// <summary>How pixels become numbers.</summary>
    public PixelNormalization Normalization { get; }

    /// <inheritdoc />
    public override ModelArchitecture Architecture => new() { VideoMaeClassifier = Config, Normalization = Normalization };

    /// <inheritdoc />
    public override IReadOnlyList<BlockStack> BlockStacks { get; }

    /// <summary>Makes a model with first values drawn from a seed.</summary>
    /// <param name="config">Sizes and choices.</param>
    /// <param name="device">Where it lives.</param>
    /// <param name="seed">The first values depend on this and on each parameter's name alone.</param>
    /// <param name="normalization">How pixels become numbers; null for <see cref="PixelNormalization.ImageNet"/>.</param>
    /// <param name="withGradients">False for evaluation alone.</param>
    /// <param name="freezes">Whether the parameter of a name is left as it is; null to train all.</param>
    /// <param name="declares">Declares more parameters, such as those of a head that the caller computes; null for none.</param>
    public static VideoMaeClassifier Create(VideoMaeClassifierConfig config, Device device, ulong seed,
        PixelNormalization? normalization = null, bool withGradients = true, Func<string, bool>? freezes = null,
        Action<ParameterDeclarations>? declares = null)
    {
        VideoMaeClassifier model =
            new(config, device, normalization ?? PixelNormalization.ImageNet, out ParameterDeclarations declarations);
        model.Initialize(declarations, seed, withGradients, freezes, declares);
        return model;
    }

    internal static VideoMaeClassifier CreateUninitialized(VideoMaeClassifierConfig config, Device device, PixelNormalization normalization,
        bool withGradients)
    {
        VideoMaeClassifier model = new(config, device, normalization, out _);
        model.AllocateParameters(withGradients);
        return model;
    }

    /// <summary>Clips to the logits of their classes.</summary>
    /// <param name="tape">Where to compute.</param>
    /// <param name="pixels">uint8 [B, T, 3, H, W], RGB.</param>
    /// <param name="mixing">With which clips the clips are mixed; absent for none.</param>
    /// <returns>[B, C].</returns>
    public Tensor Classify(Tape tape, Tensor pixels, ClipMixing mixing = default) =>
        Logits(tape, _embedding.Cut(tape, pixels, Normalization.ForVideo, mixing), pixels.Shape[0]);

    /// <summary>Clips of numbers that are normalized already to the logits of their classes.</summary>
    public Tensor ClassifyNormalized(Tape tape, Tensor pixels) => Logits(tape, _embedding.CutNormalized(tape, pixels), pixels.Shape[0]);

    /// <inheritdoc />
    public override void Dispose()
    {
        _blocks.Dispose();
        _positions.Dispose();
        _offsets.Dispose();
        base.Dispose();
    }

    private Tensor Logits(Tape tape, Tensor tubelets, int clipCount)
    {
        SequenceOffsets offsets = _offsets.For(tape.Device, clipCount);
        Tensor tokens = tape.AddPositions(_embedding.Project(tape, tubelets), _positions.Table, offsets);
        Tensor mean = tape.MeanPool(_blocks.Forward(tape, tokens, offsets), offsets);
        Tensor normalized = tape.Normalize(mean, _norm.Weight, _norm.Bias, Config.Tubelets.LayerNormEpsilon);
        return tape.Linear(FeatureDropout.Apply(tape, normalized, Config.DropoutRate), _head.Weight, _head.Bias);
    }
}
