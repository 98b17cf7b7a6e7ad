namespace Avion.Models.Tests;

public sealed class VideoClassifierTests
{
    [Fact]
    public void ViT_B_16_of_16_frames_and_3806_classes_has_the_published_parameters()
    {
        VideoClassifierConfig config = new()
        {
            Vision = DualEncoderPresets.Get("ViT-B/16", frameCount: 16).Vision, Heads = [new ClassifierHead("fc_cls", 3806)],
        };
        using VideoClassifier model = VideoClassifier.Create(config, new PlanningDevice(), seed: 0, withGradients: false);
        Assert.Equal(88_738_526, model.Parameters.ValueCount);
        Assert.Equal(new Shape(3806, 768), model.Parameters["fc_cls.weight"].Shape);
        Assert.False(model.Parameters.Contains("visual.image_projection"));
    }

    [Fact]
    public void Two_heads_read_the_same_features_and_dropout_is_for_training_alone()
    {
        using ReferenceDevice device = new();
        VideoClassifierConfig config = new()
        {
            Vision = SmallModel.Tiny.Vision, Heads = [new ClassifierHead("fc_verb", 3), new ClassifierHead("fc_noun", 5)],
        };
        using VideoClassifier model = VideoClassifier.Create(config, device, seed: 1);
        float[] evaluated = Logits(model, head: 1);
        Assert.Equal(5, evaluated.Length);
        Assert.Equal(evaluated, Logits(model, head: 1));
        StepContext first = new() { StepInEpoch = 1, IsTraining = true };
        float[] trained = Logits(model, head: 1, first);
        Assert.NotEqual(evaluated, trained);
        Assert.Equal(trained, Logits(model, head: 1, first));
        Assert.NotEqual(trained, Logits(model, head: 1, first with { StepInEpoch = 2 }));
        Assert.Equal(3, Logits(model, head: 0).Length);
    }

    private static float[] Logits(VideoClassifier model, int head, StepContext step = default)
    {
        VisionConfig vision = model.Config.Vision;
        byte[] bytes = new byte[vision.FrameCount * 3 * vision.ImageSize * vision.ImageSize];
        new Random(1).NextBytes(bytes);
        using Tape tape = new(model.Device);
        tape.Begin(step);
        Tensor pixels = tape.Allocate(new Shape(1, vision.FrameCount, 3, vision.ImageSize, vision.ImageSize), ElementType.UInt8);
        model.Device.Upload(bytes, pixels);
        Tensor logits = model.Classify(tape, model.Encode(tape, pixels), head);
        float[] values = new float[logits.Count];
        model.Device.Download(logits, values);
        return values;
    }
}
