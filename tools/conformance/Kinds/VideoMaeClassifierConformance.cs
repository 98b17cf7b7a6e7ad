namespace Avion.ConformanceTool;

/// <summary>A small classifier over a VideoMAE encoder: logits, loss and all gradients.</summary>
internal sealed class VideoMaeClassifierConformance : IConformanceKind
{
    public string Kind => "videomae_classifier";

    public void Check(JsonElement fixture, ConformanceContext context, FigureList figures)
    {
        JsonElement config = fixture.Required("config");
        Device device = context.Device;
        int[] labels = config.Required("labels").Ints();
        using VideoMaeClassifier model = VideoMaeClassifier.Create(new VideoMaeClassifierConfig
        {
            Tubelets = VideoMaeFixture.Tubelets(config, fixture, "patch_embed.proj.weight"),
            Encoder = VideoMaeFixture.Size(config),
            ClassCount = config.Int("classes"),
        }, device, seed: 0);
        GradientComparison.Parameters(model, fixture, figures);
        FixtureFill.Parameters(model, config.Double("phase"), context);
        using Tape tape = new(device);
        TubeletConfig tubelets = model.Config.Tubelets;
        Tensor pixels = tape.Allocate(new Shape(labels.Length, tubelets.FrameCount, 3, tubelets.ImageSize, tubelets.ImageSize));
        double[] video = FixtureFill.Video(labels.Length, tubelets.FrameCount, tubelets.ImageSize, tubelets.ImageSize);
        device.UploadExactly(context.Inputs(video), pixels);
        Tensor logits = model.ClassifyNormalized(tape, pixels);
        Tensor loss = tape.SoftmaxCrossEntropy(logits, OneHot(tape, labels, model.Config.ClassCount));
        figures.Numbers("logits", device.DownloadExactly(logits), fixture.Doubles("logits"));
        figures.Number("loss", device.DownloadExactly(loss)[0], fixture.Double("loss"));
        tape.Backward(loss);
        GradientComparison.Gradients(model, fixture, figures);
    }

    private static Tensor OneHot(Tape tape, int[] labels, int classCount)
    {
        float[] values = new float[labels.Length * classCount];
        for (int b = 0; b < labels.Length; b++)
        {
            values[(b * classCount) + labels[b]] = 1;
        }

        Tensor target = tape.AllocateStatistics(new Shape(labels.Length, classCount));
        tape.Device.Upload(values, target);
        return target;
    }
}
