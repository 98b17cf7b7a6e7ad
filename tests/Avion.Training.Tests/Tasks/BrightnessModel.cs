namespace Avion.Training.Tests;

/// <summary>A linear layer over all pixels of a picture: [B, 3·H·W] to [B, levels].</summary>
internal sealed class BrightnessModel : Model
{
    private readonly Parameter _weight;

    public BrightnessModel(BrightnessOptions options, Device device, ulong seed, bool withGradients) : base(device)
    {
        (ImageSize, LevelCount) = (options.ImageSize, options.Levels);
        _weight = Parameters.Add("head.weight", new Shape(LevelCount, 3 * ImageSize * ImageSize));
        Bias = Parameters.Add("head.bias", new Shape(LevelCount));
        Parameters.Allocate(device, withGradients);
        CounterRandom random = CounterRandom.For(seed, _weight.Name);
        device.Upload([.. Enumerable.Range(0, (int)_weight.Shape.Count).Select(_ => 0.01f * (float)random.NextGaussian())], _weight.Value);
    }

    public int ImageSize { get; }

    public int LevelCount { get; }

    public Parameter Bias { get; }

    public override ModelArchitecture Architecture => new() { Normalization = PixelNormalization.OpenAi };

    public override IReadOnlyList<BlockStack> BlockStacks => [];

    /// <summary>uint8 [B, 1, 3, H, W] to logits [B, levels]: a picture is one patch.</summary>
    public Tensor Classify(Tape tape, Tensor pixels) =>
        tape.Linear(tape.Patchify(pixels, PixelNormalization.OpenAi.ForVideo, ImageSize), _weight, Bias);
}
