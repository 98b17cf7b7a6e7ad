namespace Avion.Models;

// Legend: B clips, N tokens of a clip, R visible tokens of all clips, M decoder tokens of all clips, D width.

/// <summary>A masked video autoencoder: from a few visible tubelets of a clip it predicts the pixels of the hidden ones.</summary>
/// <remarks>
/// Only visible tubelets are projected and encoded; mask tokens enter in the decoder; targets are made only for the tubelets that are
/// predicted. Positions are fixed sines and cosines, no parameters. Source: Tong et al. 2022, "VideoMAE" (arXiv:2203.12602).
/// </remarks>
public sealed class VideoMae : Model
{
    private readonly TubeletEmbedding _embedding;
    private readonly Transformer _encoder, _decoder;
    private readonly LayerParameters _encoderNorm, _decoderNorm, _head;
    private readonly Parameter _encoderToDecoder, _maskToken;
    private readonly FixedPositions _encoderPositions, _decoderPositions;

    private VideoMae(VideoMaeConfig config, Device device, PixelNormalization normalization, out ParameterDeclarations declare)
        : base(device)
    {
        config.Validate();
        (Config, Normalization) = (config, normalization);
        declare = new ParameterDeclarations(Parameters);
        TubeletConfig tubelets = config.Tubelets;
        int width = config.Encoder.Width, decoderWidth = config.Decoder.Width;
        _maskToken = declare.Add("mask_token", new Shape(1, 1, decoderWidth), InitialValue.Normal(0.02));
        _embedding = new TubeletEmbedding(declare, "encoder.", tubelets, width);
        _encoder = VideoMaeBlocks.Declare(declare, "encoder.blocks.", config.Encoder, tubelets,
            new StochasticDepth(config.DropPathRate, IsLinear: true), VideoMaeBlocks.Xavier);
        _encoderNorm = LayerParameters.Norm(declare, "encoder.norm", width);
        _decoder = VideoMaeBlocks.Declare(declare, "decoder.blocks.", config.Decoder, tubelets, default, VideoMaeBlocks.Xavier);
        BlockStacks = [new BlockStack("encoder", _encoder), new BlockStack("decoder", _decoder)];
        _decoderNorm = LayerParameters.Norm(declare, "decoder.norm", decoderWidth);
        _head = LayerParameters.Linear(declare, "decoder.head", decoderWidth, tubelets.TubeletElements,
            InitialValue.Xavier(decoderWidth, tubelets.TubeletElements), InitialValue.Zero);
        _encoderToDecoder = declare.Add("encoder_to_decoder.weight", new Shape(decoderWidth, width), InitialValue.FanIn(width));
        _encoderPositions = new FixedPositions(device, tubelets.TokenCount, width);
        _decoderPositions = new FixedPositions(device, tubelets.TokenCount, decoderWidth);
    }

    /// <summary>Sizes and choices.</summary>
    public VideoMaeConfig Config { get; }

    /// <summary>How pixels become numbers.</summary>
    public PixelNormalization Normalization { get; }

    /// <inheritdoc />
    public override ModelArchitecture Architecture => new() { VideoMae = Config, Normalization = Normalization };

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
    public static VideoMae Create(VideoMaeConfig config, Device device, ulong seed,
        PixelNormalization? normalization = null, bool withGradients = true, Func<string, bool>? freezes = null,
        Action<ParameterDeclarations>? declares = null)
    {
        VideoMae model = new(config, device, normalization ?? PixelNormalization.ImageNet, out ParameterDeclarations declarations);
        model.Initialize(declarations, seed, withGradients, freezes, declares);
        return model;
    }

    internal static VideoMae CreateUninitialized(VideoMaeConfig config, Device device, PixelNormalization normalization,
        bool withGradients)
    {
        VideoMae model = new(config, device, normalization, out _);
        model.AllocateParameters(withGradients);
        return model;
    }

    /// <summary>The mean squared error of the predicted pixels.</summary>
    /// <param name="tape">Where to compute.</param>
    /// <param name="pixels">uint8 [B, T, 3, H, W], RGB.</param>
    /// <param name="masks">Which tokens of these clips are visible, and which are predicted.</param>
    /// <returns>Scalar.</returns>
    public Tensor Loss(Tape tape, Tensor pixels, MaskPlan masks) => Loss(tape, pixels, masks, out _, out _);

    /// <summary>As <see cref="Loss(Tape, Tensor, MaskPlan)"/>; also hands out predictions and targets, a row
    /// for each predicted token.</summary>
    public Tensor Loss(Tape tape, Tensor pixels, MaskPlan masks, out Tensor predictions, out Tensor targets) =>
        LossOf(tape, _embedding.Cut(tape, pixels, Normalization.ForVideo), masks, out predictions, out targets);

    /// <summary>As <see cref="Loss(Tape, Tensor, MaskPlan)"/>, from clips of numbers that are normalized already; also hands out
    /// predictions and targets.</summary>
    public Tensor LossOfNormalized(Tape tape, Tensor pixels, MaskPlan masks, out Tensor predictions, out Tensor targets) =>
        LossOf(tape, _embedding.CutNormalized(tape, pixels), masks, out predictions, out targets);

    /// <inheritdoc />
    public override void Dispose()
    {
        _encoder.Dispose();
        _decoder.Dispose();
        _encoderPositions.Dispose();
        _decoderPositions.Dispose();
        base.Dispose();
    }

    private Tensor LossOf(Tape tape, Tensor tubelets, MaskPlan masks, out Tensor predictions, out Tensor targets)
    {
        if (tubelets.Shape.Rows != masks.ClipCount * Config.Tubelets.TokenCount)
        {
            throw new ArgumentException($"VideoMAE: {tubelets.Shape.Rows} tubelets do not fit masks of {masks.ClipCount} clips of "
                + $"{Config.Tubelets.TokenCount} tokens.");
        }

        float epsilon = Config.Tubelets.LayerNormEpsilon;
        Tensor visible = _embedding.Project(tape, tape.GatherRows(tubelets, masks.VisibleRows));
        visible = tape.Sum(visible, tape.GatherRows(_encoderPositions.Table, masks.VisiblePositions));
        visible = _encoder.Forward(tape, visible, masks.VisibleOffsets);
        visible = tape.Linear(tape.Normalize(visible, _encoderNorm.Weight, _encoderNorm.Bias, epsilon), _encoderToDecoder, null);

        Tensor all = tape.InsertMaskTokens(visible, _maskToken, masks.DecoderSources);
        all = tape.Sum(all, tape.GatherRows(_decoderPositions.Table, masks.DecoderPositions));
        all = _decoder.Forward(tape, all, masks.DecoderOffsets);
        if (!SkipsUnreadRows)
        {
            return LossOfAllPredictions(tape, tubelets, all, masks, out predictions, out targets);
        }

        Tensor hidden = tape.GatherRows(all, masks.PredictedDecoderRows);
        predictions = Predict(tape, hidden);
        targets = tape.PatchTargetsOf(tubelets, masks.PredictedRows, Normalization.ForVideo, Config.NormalizesTargets);
        return tape.MeanSquaredError(predictions, targets);
    }

    /// <summary>The same loss where every token is predicted and has a target, and those that count are picked afterwards.</summary>
    private Tensor LossOfAllPredictions(Tape tape, Tensor tubelets, Tensor all, MaskPlan masks, out Tensor predictions, out Tensor targets)
    {
        predictions = tape.GatherRows(Predict(tape, all), masks.PredictedDecoderRows);
        Tensor everyTarget = tape.PatchTargetsOf(tubelets, masks.AllRows, Normalization.ForVideo, Config.NormalizesTargets);
        targets = tape.GatherRows(everyTarget, masks.PredictedRows);
        return tape.MeanSquaredError(predictions, targets);
    }

    private Tensor Predict(Tape tape, Tensor tokens)
    {
        Tensor normalized = tape.Normalize(tokens, _decoderNorm.Weight, _decoderNorm.Bias, Config.Tubelets.LayerNormEpsilon);
        return tape.Linear(normalized, _head.Weight, _head.Bias);
    }
}
