using System;
using Avion.Compute;

namespace Avion.Models;

// Legend: B clips or captions, T frames, H and W pixels, N tokens of all captions, E joint space.

/// <summary>A video encoder and a text encoder that meet in one space, where a clip lies near its caption.</summary>
/// <remarks>
/// Parameter names and shapes are the published ones of AVION's checkpoints. Source: Radford et al. 2021 (arXiv:2103.00020);
/// Zhao and Krähenbühl 2023 (arXiv:2309.16669), section 3.
/// </remarks>
public sealed class DualEncoder : Model
{
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
        LogitScale = declare.Add("logit_scale", Shape.Scalar, InitialValue.Constant(s_initialLogitScale));
        _vision = new VisionTower(declare, config.Vision, config.Naming, config.PatchProjection);
        _imageProjection = declare.Add("visual.image_projection", new Shape(config.Vision.Width, config.EmbeddingSize),
            InitialValue.Normal(1 / Math.Sqrt(config.Vision.Width)));
        _text = new TextTower(declare, config.Text);
        _textProjection = declare.Add("textual.text_projection", new Shape(config.Text.Width, config.EmbeddingSize),
            InitialValue.Normal(1 / Math.Sqrt(config.Text.Width)));
    }

    /// <summary>Sizes and choices.</summary>
    public DualEncoderConfig Config { get; }

    /// <summary>How pixels become numbers; part of the model, for weights fit one normalization.</summary>
    public PixelNormalization Normalization { get; }

    /// <summary>The logarithm of the factor on similarities: a scalar parameter.</summary>
    public Parameter LogitScale { get; }

    /// <summary>Whether backward runs each block of both towers again instead of keeping what is inside: less memory, more time.</summary>
    public bool RecomputesBlocks
    {
        get => _vision.Blocks.Recomputes;
        set => _vision.Blocks.Recomputes = _text.Blocks.Recomputes = value;
    }

    /// <inheritdoc />
    public override ModelArchitecture Architecture => new() { DualEncoder = Config, Normalization = Normalization };

    /// <summary>Makes a model with first values drawn from a seed.</summary>
    /// <param name="config">Sizes and choices.</param>
    /// <param name="device">Where it lives.</param>
    /// <param name="seed">The first values depend on this and on each parameter's name alone.</param>
    /// <param name="normalization">How pixels become numbers; null for <see cref="PixelNormalization.OpenAi"/>.</param>
    /// <param name="withGradients">False for evaluation alone, which saves half the memory.</param>
    public static DualEncoder Create(DualEncoderConfig config, Device device, ulong seed, PixelNormalization? normalization = null,
        bool withGradients = true)
    {
        DualEncoder model = CreateUninitialized(config, device, normalization ?? PixelNormalization.OpenAi, withGradients,
            out ParameterDeclarations declarations);
        declarations.Initialize(device, seed);
        return model;
    }

    /// <summary>Makes a model whose parameters are all zero, to be filled from a checkpoint.</summary>
    internal static DualEncoder CreateUninitialized(DualEncoderConfig config, Device device, PixelNormalization normalization,
        bool withGradients, out ParameterDeclarations declarations)
    {
        DualEncoder model = new(config, device, normalization, out declarations);
        model.Parameters.Allocate(device, withGradients);
        return model;
    }

    /// <inheritdoc />
    public override void Dispose()
    {
        _vision.Dispose();
        base.Dispose();
    }
}
