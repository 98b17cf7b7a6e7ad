namespace Avion.ConformanceTool;

/// <summary>A small masked video autoencoder: predictions, targets, loss and all gradients.</summary>
internal sealed class VideoMaeConformance : IConformanceKind
{
    /// <summary>Raw pixels of the fixture are (formula + 1.3) · 90.</summary>
    private const double PixelOffset = 1.3, PixelFactor = 90;

    private const int FirstCount = 16;

    public string Kind => "videomae_pretrain";

    public void Check(JsonElement fixture, ConformanceContext context, FigureList figures)
    {
        JsonElement config = fixture.Required("config");
        int[][] maskedCells = [.. config.Required("masked_cells").EnumerateArray().Select(row => row.Ints())];
        using VideoMae model = VideoMae.Create(new VideoMaeConfig
        {
            Tubelets = VideoMaeFixture.Tubelets(config, fixture, "encoder.patch_embed.proj.weight"),
            Encoder = VideoMaeFixture.Size(config.Required("encoder")),
            Decoder = VideoMaeFixture.Size(config.Required("decoder")),
        }, context.Device, seed: 0);
        GradientComparison.Parameters(model, fixture, figures);
        FixtureFill.Parameters(model, config.Double("phase"), context);
        int slots = model.Config.Tubelets.FrameCount / model.Config.Tubelets.TubeletFrames;
        using MaskPlan masks = new(model.Device, slots * Cells(model), maskedCells.Length);
        masks.Set(Hidden(maskedCells, Cells(model), slots));
        using Tape tape = new(context.Device);
        Tensor pixels = Pixels(tape, model, maskedCells.Length, context);
        Tensor loss = model.LossOfNormalized(tape, pixels, masks, out Tensor predictions, out Tensor targets);
        double[] output = context.Device.DownloadExactly(predictions), target = context.Device.DownloadExactly(targets);
        figures.Numbers("output, first elements", output.AsSpan(0, Math.Min(FirstCount, output.Length)), fixture.Doubles("output_first16"));
        figures.Sum("output, sum", output, fixture.Double("output_sum"));
        figures.Numbers("target, first elements", target.AsSpan(0, Math.Min(FirstCount, target.Length)), fixture.Doubles("target_first16"));
        figures.Sum("target, sum", target, fixture.Double("target_sum"));
        figures.Number("loss", context.Device.DownloadExactly(loss)[0], fixture.Double("loss"));
        tape.Backward(loss);
        GradientComparison.Gradients(model, fixture, figures);
    }

    private static int Cells(VideoMae model) => (int)Math.Pow(model.Config.Tubelets.ImageSize / model.Config.Tubelets.PatchSize, 2);

    private static bool[] Hidden(int[][] maskedCells, int cells, int slots)
    {
        bool[] hidden = new bool[maskedCells.Length * slots * cells];
        for (int clip = 0; clip < maskedCells.Length; clip++)
        {
            for (int slot = 0; slot < slots; slot++)
            {
                foreach (int cell in maskedCells[clip])
                {
                    hidden[(((clip * slots) + slot) * cells) + cell] = true;
                }
            }
        }

        return hidden;
    }

    private static Tensor Pixels(Tape tape, VideoMae model, int clips, ConformanceContext context)
    {
        TubeletConfig tubelets = model.Config.Tubelets;
        double[] values = FixtureFill.Video(clips, tubelets.FrameCount, tubelets.ImageSize, tubelets.ImageSize, PixelOffset, PixelFactor);
        int area = tubelets.ImageSize * tubelets.ImageSize;
        for (int i = 0; i < values.Length; i++)
        {
            int channel = i / area % 3;
            values[i] = (values[i] - model.Normalization.Mean[channel]) / model.Normalization.Deviation[channel];
        }

        Tensor pixels = tape.Allocate(new Shape(clips, tubelets.FrameCount, 3, tubelets.ImageSize, tubelets.ImageSize));
        tape.Device.UploadExactly(context.Inputs(values), pixels);
        return pixels;
    }
}
