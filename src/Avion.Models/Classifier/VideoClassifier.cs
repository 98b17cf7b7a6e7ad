namespace Avion.Models;

// Legend: B clips, D width, C classes of a head.

/// <summary>A classifier over a dual encoder's vision tower: dropout, then one linear layer for each kind of label.</summary>
public sealed class VideoClassifier : Model
{
    private readonly VisionTower _vision;
    private readonly LayerParameters[] _heads;

    private VideoClassifier(VideoClassifierConfig config, Device device, PixelNormalization normalization,
        out ParameterDeclarations declare)
        : base(device)
    {
        config.Validate();
        (Config, Normalization) = (config, normalization);
        declare = new ParameterDeclarations(Parameters);
        _vision = new VisionTower(declare, config.Vision, config.Naming, config.PatchProjection);
        BlockStacks = [new BlockStack("vision", _vision.Blocks)];
        _heads = new LayerParameters[config.Heads.Count];
        for (int i = 0; i < _heads.Length; i++)
        {
            _heads[i] = LayerParameters.Linear(declare, config.Heads[i].Name, config.Vision.Width, config.Heads[i].ClassCount,
                InitialValue.Normal(0.01), InitialValue.Zero);
        }
    }

    /// <summary>Sizes and choices.</summary>
    public VideoClassifierConfig Config { get; }

    /// <summary>How pixels become numbers.</summary>
    public PixelNormalization Normalization { get; }

    /// <inheritdoc />
    public override ModelArchitecture Architecture => new() { VideoClassifier = Config, Normalization = Normalization };

    /// <inheritdoc />
    public override bool SkipsUnreadRows
    {
        get => _vision.Blocks.SkipsUnreadRows;
        set => _vision.Blocks.SkipsUnreadRows = value;
    }

    /// <inheritdoc />
    public override IReadOnlyList<BlockStack> BlockStacks { get; }

    /// <summary>Makes a model with first values drawn from a seed.</summary>
    /// <param name="config">Sizes and choices.</param>
    /// <param name="device">Where it lives.</param>
    /// <param name="seed">The first values depend on this and on each parameter's name alone.</param>
    /// <param name="normalization">How pixels become numbers; null for <see cref="PixelNormalization.OpenAi"/>.</param>
    /// <param name="withGradients">False for evaluation alone.</param>
    /// <param name="freezes">Whether the parameter of a name is left as it is; null to train all.</param>
    /// <param name="declares">Declares more parameters, such as those of a head that the caller computes; null for none.</param>
    public static VideoClassifier Create(VideoClassifierConfig config, Device device, ulong seed,
        PixelNormalization? normalization = null, bool withGradients = true, Func<string, bool>? freezes = null,
        Action<ParameterDeclarations>? declares = null)
    {
        VideoClassifier model = new(config, device, normalization ?? PixelNormalization.OpenAi, out ParameterDeclarations declarations);
        model.Initialize(declarations, seed, withGradients, freezes, declares);
        return model;
    }

    internal static VideoClassifier CreateUninitialized(VideoClassifierConfig config, Device device, PixelNormalization normalization,
        bool withGradients)
    {
        VideoClassifier model = new(config, device, normalization, out _);
        model.AllocateParameters(withGradients);
        return model;
    }

    /// <summary>Clips to features, from which <see cref="Classify"/> takes the logits of each head.</summary>
    /// <param name="tape">Where to compute.</param>
    /// <param name="pixels">uint8 [B, T, 3, H, W], RGB.</param>
    /// <param name="mixing">With which clips the clips are mixed; absent for none.</param>
    /// <returns>[B, D].</returns>
    public Tensor Encode(Tape tape, Tensor pixels, ClipMixing mixing = default) =>
        FeatureDropout.Apply(tape, _vision.Forward(tape, pixels, Normalization.ForVideo, mixing), Config.DropoutRate);

    /// <summary>Clips of numbers that are normalized already to features.</summary>
    public Tensor EncodeNormalized(Tape tape, Tensor pixels) =>
        FeatureDropout.Apply(tape, _vision.ForwardNormalized(tape, pixels), Config.DropoutRate);

    /// <summary>Features to the logits of one head: [B, D] to [B, C].</summary>
    public Tensor Classify(Tape tape, Tensor features, int head = 0) => tape.Linear(features, _heads[head].Weight, _heads[head].Bias);

    /// <inheritdoc />
    public override void Dispose()
    {
        _vision.Dispose();
        base.Dispose();
    }
}
