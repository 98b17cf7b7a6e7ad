namespace Avion.Models;

// Legend: B clips, T frames, S patches of a frame, P patch size, D width, N = B·(1 + T·S) tokens.

/// <summary>A vision transformer over all patches of all frames of a clip at once.</summary>
/// <remarks>
/// Patches → linear projection → class token, position in the frame, place in time → (in training: some are left out) → norm → blocks → one
/// vector a clip → norm.
/// Source: Dosovitskiy et al. 2021 (arXiv:2010.11929) with the norm before the blocks of Radford et al. 2021; joint space-time
/// attention and the time embedding as in Zhao and Krähenbühl 2023 (arXiv:2309.16669).
/// </remarks>
internal sealed class VisionTower : IDisposable
{
    private const double PublishedDeviation = 0.02;

    // What the patch projection's first values make of a plain patch of deviation 1: 1/√3 of it.
    private const double PatchDeviation = 0.58;

    private readonly VisionConfig _config;
    private readonly Parameter _patchProjection, _classToken, _positions;
    private readonly Parameter? _time;
    private readonly LayerParameters _normBefore, _normAfter;
    private readonly ClipOffsets _offsets;
    private readonly PatchDropping _dropping;

    /// <summary>Declares the tower's parameters under <c>visual.</c>.</summary>
    public VisionTower(ParameterDeclarations declare, VisionConfig config, ParameterNaming naming, PatchProjectionLayout layout)
    {
        _config = config;
        int width = config.Width, patch = config.PatchSize, patchElements = 3 * patch * patch;
        bool isScaled = config.Initialization == VisionInitialization.Scaled;
        InitialValue place = InitialValue.Normal(isScaled ? PatchDeviation : PublishedDeviation);
        _classToken = declare.Add("visual.class_embedding", new Shape(width), place);
        _positions = declare.Add("visual.positional_embedding", new Shape(1 + config.PatchesPerFrame, width), place);
        _time = config.FrameCount > 1
            ? declare.Add("visual.temporal_embedding", new Shape(config.FrameCount, width), isScaled ? place : InitialValue.Zero)
            : null;
        Shape stored = layout == PatchProjectionLayout.Linear ? new Shape(width, patchElements) : new Shape(width, 3, patch, patch);
        _patchProjection = declare.View(
            declare.Add("visual.conv1.weight", stored, InitialValue.FanIn(patchElements)), 0, new Shape(width, patchElements));
        _normBefore = LayerParameters.Norm(declare, "visual.ln_pre", width);
        Blocks = new Transformer(declare, "visual.transformer.resblocks.",
            naming == ParameterNaming.Flash ? BlockNames.ClipFlash : BlockNames.Clip, config.LayerCount,
            new BlockOptions(width, config.HeadCount, config.Gelu, config.LayerNormEpsilon, LayerScale: config.LayerScale),
            isScaled ? BlockInitialization.ByWidth(width, config.LayerCount)
                : BlockInitialization.Same(InitialValue.Normal(PublishedDeviation)),
            PooledRow.First, new StochasticDepth(config.DropPathRate));
        _normAfter = LayerParameters.Norm(declare, "visual.ln_post", width);
        _offsets = new ClipOffsets(config.TokenCount);
        _dropping = new PatchDropping(config.TokenCount - 1, config.PatchDropoutRate);
    }

    /// <summary>The blocks, for their settings.</summary>
    public Transformer Blocks { get; }

    /// <summary>Clips of bytes to one vector each: uint8 [B, T, 3, H, W] to [B, D].</summary>
    public Tensor Forward(Tape tape, Tensor pixels, VideoNormalization normalization, ClipMixing mixing = default)
    {
        CheckClips(pixels.Shape);
        return ForwardPatches(tape, tape.Patchify(pixels, normalization, _config.PatchSize, mixing: mixing), pixels.Shape[0]);
    }

    /// <summary>Clips of numbers, normalized already, to one vector each.</summary>
    public Tensor ForwardNormalized(Tape tape, Tensor pixels)
    {
        CheckClips(pixels.Shape);
        return ForwardPatches(tape, tape.PatchifyFloat(pixels, _config.PatchSize), pixels.Shape[0]);
    }

    public void Dispose()
    {
        Blocks.Dispose();
        _offsets.Dispose();
        _dropping.Dispose();
    }

    private Tensor ForwardPatches(Tape tape, Tensor patches, int clipCount)
    {
        SequenceOffsets offsets = _offsets.For(tape.Device, clipCount);
        float epsilon = _config.LayerNormEpsilon;
        Tensor projected = tape.Linear(patches, _patchProjection, null);
        Tensor tokens = tape.VideoTokens(projected, _classToken, _positions, _time, clipCount, _config.FrameCount, _config.PatchesPerFrame);
        if (_dropping.AppliesTo(tape.Context))
        {
            tokens = _dropping.Keep(tape, tokens, clipCount, out offsets);
        }

        Tensor x = tape.Normalize(tokens, _normBefore.Weight, _normBefore.Bias, epsilon);
        Tensor pooled = _config.Pooling == VisionPooling.ClassToken
            ? Blocks.ForwardToRows(tape, x, offsets)
            : tape.MeanPool(Blocks.Forward(tape, x, offsets), offsets);
        return tape.Normalize(pooled, _normAfter.Weight, _normAfter.Bias, epsilon);
    }

    private void CheckClips(Shape pixels)
    {
        if (pixels.Rank != 5 || pixels[1] != _config.FrameCount || pixels[3] != _config.ImageSize || pixels[4] != _config.ImageSize)
        {
            throw new ArgumentException($"Vision tower: clips have shape {pixels}, expected [clips, {_config.FrameCount}, 3, "
                + $"{_config.ImageSize}, {_config.ImageSize}]. The number of frames and their size belong to the model.");
        }
    }
}
