namespace Avion.Models.Tests;

/// <summary>Which tensors of a step become bfloat16 with the activations, and which stay float32.</summary>
public sealed class ActivationTypeTests
{
    private const int Clips = 3, CaptionTokens = 20;

    [Fact]
    public void Activations_take_half_the_bytes_in_bfloat16_and_statistics_the_same()
    {
        (long activations, long statistics, _) = Plan(ElementType.BFloat16);
        (_, long all, _) = Plan(ElementType.Float32);
        Assert.Equal(ExpectedStatisticBytes(SmallModel.Config), statistics);
        Assert.Equal(all - statistics, 2 * activations);
        Assert.True(activations > 10 * statistics, "Most of a step are activations.");
    }

    [Fact]
    public void A_plan_for_a_graphics_processor_counts_no_scratch_of_worker_threads()
    {
        // Scratch is float32 whatever activations are, and a kernel's on a GPU hangs on shapes alone.
        long scratch = Plan(ElementType.BFloat16).Scratch;
        Assert.Equal(Plan(ElementType.Float32).Scratch, scratch);
        Assert.InRange(scratch, 1, long.MaxValue);
        using PlanningDevice one = PlanningDevice.For(DeviceDescription.Cpu(1)), four = PlanningDevice.For(DeviceDescription.Cpu(4));
        Assert.True(Step(four) > Step(one) && Step(one) > 0, "Each thread of a processor takes scratch of its own.");
    }

    private static (long BFloat16, long Float32, long Scratch) Plan(ElementType activations)
    {
        using PlanningDevice device = PlanningDevice.For(DeviceDescription.Cuda(activations));
        long scratch = Step(device);
        return (device.TensorBytes(ElementType.BFloat16), device.TensorBytes(ElementType.Float32), scratch);
    }

    private static long Step(PlanningDevice device)
    {
        using DualEncoder model = DualEncoder.Create(SmallModel.Config, device, seed: 1);
        using SmallModelStep step = new(model);
        device.ResetCounters();
        step.ForwardBackward();
        return device.ScratchBytes;
    }

    /// <summary>Counted by hand: mean and deviation of each normalized row, a log-sum-exp a query and head, and the loss's own.</summary>
    private static long ExpectedStatisticBytes(DualEncoderConfig config)
    {
        long visionTokens = Clips * (1 + (config.Vision.FrameCount * config.Vision.PatchesPerFrame));
        long vision = TowerStatistics(visionTokens, config.Vision.LayerCount, config.Vision.HeadCount) + (2 * visionTokens);
        long text = TowerStatistics(CaptionTokens, config.Text.LayerCount, config.Text.HeadCount);

        // Loss and its gradient, accuracy; both directions' log-sum-exps and the terms of the rows.
        const long Loss = 3 + (2 * Clips) + (2 * Clips);
        return sizeof(float) * (vision + text + Loss);
    }

    // The last block computes one row a sequence behind its keys and values; then a norm and unit vectors of these rows.
    private static long TowerStatistics(long tokens, int layers, int heads) =>
        (2 * 2 * tokens * (layers - 1)) + (2 * tokens) + (2 * Clips)
        + (heads * tokens * (layers - 1)) + (heads * Clips) + (2 * Clips) + Clips;
}
