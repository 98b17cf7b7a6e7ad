namespace Avion.Models.Tests;

public sealed unsafe class PatchDroppingTests
{
    private static readonly StepContext s_step = new() { Seed = 11, IsTraining = true };

    [Fact]
    public void Gradients_match_finite_differences_in_double_precision()
    {
        const double Step = 1e-5;
        using ReferenceDevice device = new();
        using DualEncoder model = Create(device, SmallModel.Tiny, rate: 0.5f);
        using SmallModelStep step = new(model) { Context = s_step };
        step.ForwardBackward();
        Random random = new(2);
        foreach (Parameter parameter in model.Parameters.Parameters)
        {
            int index = random.Next((int)parameter.Shape.Count);
            double actual = ((double*)parameter.Gradient.Data)[index];
            double* value = (double*)parameter.Value.Data + index;
            double original = *value;
            *value = original + Step;
            double above = step.Loss();
            *value = original - Step;
            double below = step.Loss();
            *value = original;
            double expected = (above - below) / (2 * Step);
            Assert.True(Math.Abs(actual - expected) <= 1e-8 + (1e-5 * Math.Abs(expected)),
                $"{parameter.Name}[{index}]: gradient {actual}, finite difference {expected}");
        }
    }

    [Fact]
    public void Pixels_of_dropped_patches_reach_nothing_and_those_of_kept_ones_do()
    {
        using ReferenceDevice device = new();
        using DualEncoder model = Create(device, SmallModel.Tiny, rate: 0.5f);
        VisionConfig vision = model.Config.Vision;
        int patches = vision.TokenCount - 1, kept = patches / 2;
        int[] rows = new int[1 + kept];
        PatchDropout.Draw(s_step, clipCount: 1, classTokenCount: 1, patches, 0.5, rows);
        byte[] pixels = new byte[vision.FrameCount * 3 * vision.ImageSize * vision.ImageSize];
        new Random(5).NextBytes(pixels);
        double[] before = Embed(model, pixels);
        for (int patch = 0; patch < patches; patch++)
        {
            byte[] changed = [.. pixels];
            int frame = patch / vision.PatchesPerFrame, row = patch % vision.PatchesPerFrame / vision.GridSize,
                column = patch % vision.GridSize;
            changed[(((frame * 3 * vision.ImageSize) + (row * vision.PatchSize)) * vision.ImageSize) + (column * vision.PatchSize)] ^= 0x80;
            Assert.Equal(!rows.Contains(1 + patch), before.SequenceEqual(Embed(model, changed)));
        }
    }

    [Fact]
    public void Evaluation_and_rate_zero_keep_everything_and_every_step_drops_others()
    {
        using CpuDevice device = new(2);
        using DualEncoder model = Create(device, SmallModel.Config, rate: 0.5f);
        using DualEncoder plain = DualEncoder.Create(SmallModel.Config, device, seed: 1);
        using SmallModelStep step = new(model), plainStep = new(plain);
        double evaluated = plainStep.Loss();
        Assert.Equal(evaluated, step.Loss());
        plainStep.Context = s_step;
        Assert.Equal(evaluated, plainStep.Loss());
        double[] losses = [.. Enumerable.Range(0, 6).Select(number =>
        {
            step.Context = s_step with { Step = number, StepInEpoch = number };
            return step.Loss();
        })];
        Assert.Equal(6, losses.Distinct().Count());
        Assert.DoesNotContain(evaluated, losses);
        step.Context = s_step with { Step = 2, StepInEpoch = 2 };
        Assert.Equal(losses[2], step.Loss());
    }

    [Fact]
    public void A_warm_step_allocates_no_managed_memory_and_recomputing_changes_no_bit()
    {
        using CpuDevice device = new(2);
        using DualEncoder model = Create(device, SmallModel.Config, rate: 0.4f, dropPathRate: 0.3f);
        using SmallModelStep step = new(model) { Context = s_step };
        for (int warm = 0; warm < 3; warm++)
        {
            step.ForwardBackward();
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        step.ForwardBackward();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        float[][] kept = step.Gradients();
        model.RecomputesBlocks = true;
        Assert.Equal(kept, step.Gradients());
    }

    [Fact]
    public void Half_of_the_patches_take_less_memory_and_fewer_operations()
    {
        (long bytes, long flops) all = Cost(rate: 0), half = Cost(rate: 0.5f);
        Assert.True(half.bytes < 0.8 * all.bytes, $"{half.bytes} of {all.bytes} bytes");
        Assert.True(half.flops < 0.7 * all.flops, $"{half.flops} of {all.flops} operations");
    }

    private static (long Bytes, long Flops) Cost(float rate)
    {
        using PlanningDevice device = new();
        using DualEncoder model = Create(device, SmallModel.Config, rate);
        using SmallModelStep step = new(model) { Context = s_step };
        device.ResetCounters();
        step.ForwardBackward();
        return (step.Tape.Arena.PeakBytes, device.FlopCount);
    }

    private static DualEncoder Create(Device device, DualEncoderConfig config, float rate, float dropPathRate = 0) => DualEncoder.Create(
        config with { Vision = config.Vision with { PatchDropoutRate = rate, DropPathRate = dropPathRate } }, device, seed: 1);

    private static double[] Embed(DualEncoder model, byte[] pixels)
    {
        using Tape tape = new(model.Device) { IsRecording = false };
        tape.Begin(s_step);
        VisionConfig vision = model.Config.Vision;
        Tensor clip = tape.Allocate(new Shape(1, vision.FrameCount, 3, vision.ImageSize, vision.ImageSize), ElementType.UInt8);
        model.Device.Upload(pixels, clip);
        Tensor vector = model.EncodeVideo(tape, clip);
        return new ReadOnlySpan<double>((double*)vector.Data, (int)vector.Count).ToArray();
    }
}
