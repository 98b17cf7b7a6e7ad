namespace Avion.Models;

// Legend: B clips or captions, T frames, H and W pixels, N tokens of all captions, E joint space.

/// <summary>A video encoder and a text encoder that meet in one space, where a clip lies near its caption.</summary>
/// <remarks>
/// Parameter names and shapes are the published ones of AVION's checkpoints. Source: Radford et al. 2021 (arXiv:2103.00020);
/// Zhao and Krähenbühl 2023 (arXiv:2309.16669), section 3.
/// </remarks>
public sealed class DualEncoder : Model
{
    /// <summary>The published name of <see cref="LogitScale"/>.</summary>
    public const string LogitScaleName = "logit_scale";

    /// <summary>The published name of <see cref="LogitBias"/>.</summary>
    public const string LogitBiasName = "logit_bias";

    /// <summary>The temperature 0.07 of the source, as the logarithm of its inverse.</summary>
    private static readonly double s_initialLogitScale = Math.Log(1 / 0.07);

    private readonly VisionTower _vision;
    private readonly TextTower _text;
    private readonly Parameter _imageProjection, _textProjection;

    private DualEncoder(DualEncoderConfig config, Device device, PixelNormalization normalization, out ParameterDeclarations declare)
        : base(device)
    {
        config.Validate();
        Config = config;
        Normalization = normalization;
        declare = new ParameterDeclarations(Parameters);
        LogitScale = declare.Add(LogitScaleName, Shape.Scalar, InitialValue.Constant(config.InitialLogitScale ?? s_initialLogitScale));
        LogitBias = config.InitialLogitBias is { } bias ? declare.Add(LogitBiasName, Shape.Scalar, InitialValue.Constant(bias)) : null;
        _vision = new VisionTower(declare, config.Vision, config.Naming, config.PatchProjection);
        _imageProjection = declare.Add("visual.image_projection", new Shape(config.Vision.Width, config.EmbeddingSize),
            InitialValue.Normal(1 / Math.Sqrt(config.Vision.Width)));
        _text = new TextTower(declare, config.Text);
        BlockStacks = [new BlockStack("vision", _vision.Blocks), new BlockStack("text", _text.Blocks)];
        _textProjection = declare.Add("textual.text_projection", new Shape(config.Text.Width, config.EmbeddingSize),
            InitialValue.Normal(1 / Math.Sqrt(config.Text.Width)));
    }

    /// <summary>Sizes and choices.</summary>
    public DualEncoderConfig Config { get; }

    /// <summary>How pixels become numbers; part of the model, for weights fit one normalization.</summary>
    public PixelNormalization Normalization { get; }

    /// <summary>The logarithm of the factor on similarities: a scalar parameter.</summary>
    public Parameter LogitScale { get; }

    /// <summary>What the sigmoid loss adds to scaled similarities, a scalar parameter; null in models of the softmax loss.</summary>
    public Parameter? LogitBias { get; }

    /// <inheritdoc />
    public override IReadOnlyList<BlockStack> BlockStacks { get; }

    /// <inheritdoc />
    public override bool SkipsUnreadRows
    {
        get => _vision.Blocks.SkipsUnreadRows;
        set => _vision.Blocks.SkipsUnreadRows = _text.Blocks.SkipsUnreadRows = value;
    }

    /// <inheritdoc />
    public override ModelArchitecture Architecture => new() { DualEncoder = Config, Normalization = Normalization };

    /// <summary>Makes a model with first values drawn from a seed.</summary>
    /// <param name="config">Sizes and choices.</param>
    /// <param name="device">Where it lives.</param>
    /// <param name="seed">The first values depend on this and on each parameter's name alone.</param>
    /// <param name="normalization">How pixels become numbers; null for <see cref="PixelNormalization.OpenAi"/>.</param>
    /// <param name="withGradients">False for evaluation alone, which saves half the memory.</param>
    /// <param name="freezes">Whether the parameter of a name is left as it is; null to train all.</param>
    /// <param name="declares">Declares more parameters, such as those of a head that the caller computes; null for none.</param>
    public static DualEncoder Create(DualEncoderConfig config, Device device, ulong seed, PixelNormalization? normalization = null,
        bool withGradients = true, Func<string, bool>? freezes = null, Action<ParameterDeclarations>? declares = null)
    {
        DualEncoder model = new(config, device, normalization ?? PixelNormalization.OpenAi, out ParameterDeclarations declarations);
        model.Initialize(declarations, seed, withGradients, freezes, declares);
        return model;
    }

    /// <summary>Makes a model whose parameters are all zero, to be filled from a checkpoint.</summary>
    internal static DualEncoder CreateUninitialized(DualEncoderConfig config, Device device, PixelNormalization normalization,
        bool withGradients, out ParameterDeclarations declarations)
    {
        DualEncoder model = new(config, device, normalization, out declarations);
        model.AllocateParameters(withGradients);
        return model;
    }

    /// <summary>Clips to unit vectors of the joint space.</summary>
    /// <param name="tape">Where to compute.</param>
    /// <param name="pixels">uint8 [B, T, 3, H, W], RGB.</param>
    /// <returns>[B, E], rows of length 1.</returns>
    public Tensor EncodeVideo(Tape tape, Tensor pixels) =>
        tape.NormalizeRows(tape.Project(_vision.Forward(tape, pixels, Normalization.ForVideo), _imageProjection));

    /// <summary>Clips of numbers that are normalized already to unit vectors of the joint space.</summary>
    /// <param name="tape">Where to compute.</param>
    /// <param name="pixels">[B, T, 3, H, W] of the device's float type.</param>
    /// <returns>[B, E], rows of length 1.</returns>
    public Tensor EncodeNormalizedVideo(Tape tape, Tensor pixels) =>
        tape.NormalizeRows(tape.Project(_vision.ForwardNormalized(tape, pixels), _imageProjection));

    /// <summary>Captions to unit vectors of the joint space.</summary>
    /// <remarks>
    /// A caption is packed from its begin token up to and including its first end-of-text token, where it is read. Under the causal
    /// mask, leaving out the padding that follows changes no number.
    /// </remarks>
    /// <param name="tape">Where to compute.</param>
    /// <param name="ids">int32 [N], the captions end to end.</param>
    /// <param name="offsets">Where each caption begins; none is empty. Those of its padding have no row in the result.</param>
    /// <returns>[B, E], rows of length 1.</returns>
    public Tensor EncodeText(Tape tape, Tensor ids, SequenceOffsets offsets) =>
        tape.NormalizeRows(tape.Project(_text.Forward(tape, ids, offsets), _textProjection));

    /// <summary>The symmetric contrastive loss of clips and their captions.</summary>
    /// <remarks>
    /// ½ (CE(s V Tᵀ, diagonal) + CE(s T Vᵀ, diagonal)) of the encoded clips V and captions T, s = exp(logit scale).
    /// Where several ranks take a step together (<see cref="StepContext.Communicator"/>), each has the loss of its own rows against the
    /// rows of all ranks; the mean over the ranks is the loss of the whole batch, and so are its gradients.
    /// </remarks>
    /// <param name="tape">Where to compute.</param>
    /// <param name="pixels">uint8 [B, T, 3, H, W], RGB.</param>
    /// <param name="tokenIds">int32 [N], the captions of the clips end to end.</param>
    /// <param name="captions">Where each of the B captions begins; none is empty.</param>
    /// <param name="accuracy">Scalar constant: the share of clips whose nearest caption is their own, 0 to 1.</param>
    /// <returns>Scalar.</returns>
    public Tensor Loss(Tape tape, Tensor pixels, Tensor tokenIds, SequenceOffsets captions, out Tensor accuracy)
    {
        Tensor video = EncodeVideo(tape, pixels);
        Tensor text = EncodeText(tape, tokenIds, captions);
        if (tape.Context is not { RankCount: > 1, Communicator: { } ranks })
        {
            return tape.ContrastiveLoss(video, text, LogitScale, out accuracy);
        }

        Tensor allVideos = tape.AllGatherRows(ranks, video), allTexts = tape.AllGatherRows(ranks, text);
        return tape.ContrastiveLoss(video, text, allVideos, allTexts, LogitScale, ranks.Rank * video.Shape.Rows, out accuracy);
    }

    /// <inheritdoc />
    public override void Dispose()
    {
        _vision.Dispose();
        _text.Dispose();
        base.Dispose();
    }
}
