namespace Avion.Models.Tests;

/// <summary>What a program adds to a model from outside: parameters of its own, and what it freezes.</summary>
public sealed class ExtraHeadTests
{
    [Fact]
    public void A_head_declared_from_outside_is_trained_saved_and_loaded_with_the_model()
    {
        using CpuDevice device = new(1);
        LayerParameters head = default;
        void Declare(ParameterDeclarations declare) =>
            head = LayerParameters.Linear(declare, "head", SmallModel.Config.EmbeddingSize, 5, InitialValue.Normal(0.1), InitialValue.Zero);
        using DualEncoder model = DualEncoder.Create(SmallModel.Config, device, seed: 1, declares: Declare);
        using DualEncoder plain = DualEncoder.Create(SmallModel.Config, device, seed: 1);
        Assert.Equal(plain.Values("visual.image_projection"), model.Values("visual.image_projection"));
        VisionConfig vision = SmallModel.Config.Vision;
        using Tape tape = new(device);
        Tensor pixels = tape.Allocate(new Shape(2, vision.FrameCount, 3, vision.ImageSize, vision.ImageSize), ElementType.UInt8);
        byte[] noise = new byte[pixels.Count];
        new Random(2).NextBytes(noise);
        device.Upload(noise, pixels);
        Tensor logits = tape.Linear(model.EncodeVideo(tape, pixels), head.Weight, head.Bias);
        Tensor target = tape.Allocate(logits.Shape);
        device.Fill(target, 0.2);
        tape.Backward(tape.SoftmaxCrossEntropy(logits, target));
        Assert.Contains(model.Gradient("head.weight"), value => value != 0);
        Assert.Contains(model.Gradient("visual.image_projection"), value => value != 0);

        string file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        Checkpoint.Save(file, model);
        using DualEncoder other = DualEncoder.Create(SmallModel.Config, device, seed: 2, declares: Declare);
        Checkpoint.LoadInto(file, other);
        File.Delete(file);
        Assert.Equal(model.Values("head.weight"), other.Values("head.weight"));
    }

    [Fact]
    public void Frozen_parameters_take_no_gradient_memory_and_leave_the_other_gradients_as_they_are()
    {
        using CpuDevice device = new(1);
        using DualEncoder whole = DualEncoder.Create(SmallModel.Config, device, seed: 1);
        using DualEncoder frozen = DualEncoder.Create(SmallModel.Config, device, seed: 1, freezes: IsOfText);
        using SmallModelStep wholeStep = new(whole), frozenStep = new(frozen);
        wholeStep.ForwardBackward();
        frozenStep.ForwardBackward();
        long text = whole.Parameters.Parameters.Where(parameter => IsOfText(parameter.Name))
            .Sum(parameter => (parameter.Shape.Count + FlatLayout.Alignment - 1) / FlatLayout.Alignment * FlatLayout.Alignment);
        Assert.Equal(whole.Parameters.Gradients.Count - text, frozen.Parameters.Gradients.Count);
        Assert.Equal(whole.Parameters.FlatCount, frozen.Parameters.FlatCount);
        foreach (Parameter parameter in frozen.Parameters.Parameters)
        {
            Assert.Equal(whole.Values(parameter.Name), frozen.Values(parameter.Name));
            Assert.Equal(IsOfText(parameter.Name), parameter.Gradient.IsAbsent);
            if (!parameter.IsFrozen)
            {
                Assert.Equal(whole.Gradient(parameter.Name), frozen.Gradient(parameter.Name));
            }
        }
    }

    private static bool IsOfText(string name) => name.StartsWith("textual.", StringComparison.Ordinal);
}
