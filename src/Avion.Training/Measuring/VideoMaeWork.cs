namespace Avion.Training;

/// <summary>Pre-training of a masked video autoencoder, with the published share of tokens hidden.</summary>
public sealed class VideoMaeWork : MeasuredWork
{
    private const double PublishedMaskRatio = 0.9;

    private readonly VideoMaeConfig _config;
    private readonly PixelNoise _clips;
    private readonly MaskPlan _masks;

    /// <param name="config">Sizes and choices.</param>
    /// <param name="batchSize">Clips of a batch.</param>
    public VideoMaeWork(VideoMaeConfig config, int batchSize)
    {
        (_config, BatchSize) = (config, batchSize);
        TubeletConfig tubelets = config.Tubelets;
        _clips = new PixelNoise(batchSize, tubelets.FrameCount, tubelets.ImageSize);
        int side = tubelets.ImageSize / tubelets.PatchSize, tokens = tubelets.TokenCount;
        bool[] hidden = new bool[batchSize * tokens];
        CounterRandom random = CounterRandom.For(0, "step benchmark masks");
        for (int clip = 0; clip < batchSize; clip++)
        {
            TubeMask.Draw(ref random, side * side, PublishedMaskRatio, hidden.AsSpan(clip * tokens, tokens));
        }

        _masks = new MaskPlan(tokens, batchSize);
        _masks.Set(hidden);
    }

    /// <inheritdoc />
    public override int BatchSize { get; }

    /// <inheritdoc />
    public override OptimizerRecipe Optimizer { get; } = new();

    /// <inheritdoc />
    public override Model CreateModel(Device device) => VideoMae.Create(_config, device, seed: 0);

    /// <inheritdoc />
    public override Tensor Loss(Tape tape, Model model) => ((VideoMae)model).Loss(tape, _clips.Tensor, _masks);

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        _clips.Dispose();
        _masks.Dispose();
    }
}
