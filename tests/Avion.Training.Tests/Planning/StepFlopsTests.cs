namespace Avion.Training.Tests;

public sealed class StepFlopsTests
{
    [Fact]
    public void Savings_and_needed_operations_add_up_and_needed_ones_are_those_of_the_planned_step()
    {
        Recipe recipe = DualEncoderRunTests.TinyRecipe("unused", "train.freeze_logit_scale=true");
        StepFlops flops = StepFlops.Of(recipe, captionTokens: 5);
        Assert.Equal(3, flops.Savings.Count);
        Assert.All(flops.Savings.Take(2), saving => Assert.True(saving.Flops > 0, saving.Name));
        using MemoryPlanner planner = new(recipe, captionTokens: 5);
        Assert.Equal(planner.With(0).StepFlops, flops.Needed);
        Assert.Equal(flops.Naive, flops.Needed + flops.Savings.Sum(saving => saving.Flops));
    }

    [Fact]
    public void Padding_costs_what_longer_captions_cost()
    {
        Recipe recipe = DualEncoderRunTests.TinyRecipe("unused");
        StepFlops padded = StepFlops.Of(recipe, DualEncoderOptions.Of(recipe).Text.ContextLength), packed = StepFlops.Of(recipe, 4);
        Assert.Equal((padded.Naive, 0), (packed.Naive, padded.Savings[0].Flops));
        Assert.True(packed.Needed < padded.Needed);
    }

    [Fact]
    public void Rows_that_nobody_reads_cost_most_of_the_last_block()
    {
        // Of the 24 D² operations a token of a block, 20 D² fall away but for one token; D is large beside all else here.
        Recipe recipe = DualEncoderRunTests.TinyRecipe("unused", "model.vision.width=256", "model.vision.image_size=32",
            "model.vision.layers=1");
        VisionOptions vision = DualEncoderOptions.Of(recipe).Vision;
        double tokens = 1 + (vision.Frames * 64), rows = recipe.Train.BatchSize * (tokens - 1);
        long saved = StepFlops.Of(recipe, captionTokens: 4).Savings[1].Flops;
        Assert.InRange(saved / (3 * rows * 20 * 256 * 256), 1, 1.25);
    }

    [Fact]
    public void A_frozen_tower_costs_its_forward_pass_and_the_memory_of_a_block()
    {
        using PlanningDevice device = new();
        Recipe recipe = DualEncoderRunTests.TinyRecipe("unused", "model.vision.layers=6", "model.vision.image_size=32");
        using ContrastiveTask task = ContrastiveTask.Create(TaskSetup.ForMeasuring(recipe, device));
        DualEncoder model = task.Model;
        StepFlops trained = StepFlops.Of(task, clips: 4, captionTokens: 4);
        foreach (Parameter parameter in model.Parameters.Parameters.Where(item =>
            item.Name.StartsWith("visual.", System.StringComparison.Ordinal)))
        {
            parameter.IsFrozen = true;
        }

        StepFlops frozen = StepFlops.Of(task, clips: 4, captionTokens: 4);
        Assert.Equal(trained.Naive, frozen.Naive);
        Assert.Equal(trained.Needed - frozen.Savings[^1].Flops, frozen.Needed);

        device.ResetCounters();
        using Tape forward = new(device) { IsRecording = false };
        using SyntheticBatch synthetic = task.CreateSyntheticBatch(clips: 4, captionTokens: 4);
        BatchTensors batch = synthetic.Tensors;
        model.EncodeVideo(forward, batch.Pixels);
        long vision = device.FlopCount;

        // Without the vision tower's forward pass nothing of it is left: its backward is gone.
        device.ResetCounters();
        using Tape text = new(device);
        Tensor constant = text.Allocate(new Shape(4, model.Config.EmbeddingSize));
        Tensor captions = model.EncodeText(text, batch.TokenIds, batch.Captions);
        text.Backward(text.ContrastiveLoss(constant, captions, model.LogitScale, out _));
        Assert.Equal(frozen.Needed, vision + device.FlopCount);

        using Tape step = new(device);
        Tensor video = model.EncodeVideo(step, batch.Pixels);
        Assert.False(video.IsDifferentiable);
        Assert.Equal(forward.Arena.PeakBytes, step.Arena.PeakBytes);
        model.RecomputesBlocks = true;
        device.ResetCounters();
        using Tape recomputing = new(device);
        recomputing.Backward(model.Loss(recomputing, batch.Pixels, batch.TokenIds, batch.Captions, out _));
        model.BlockStacks[0].RecomputedCount = 0;
        long all = device.FlopCount;
        device.ResetCounters();
        using Tape textOnly = new(device);
        textOnly.Backward(model.Loss(textOnly, batch.Pixels, batch.TokenIds, batch.Captions, out _));
        Assert.Equal(device.FlopCount, all);
    }
}
