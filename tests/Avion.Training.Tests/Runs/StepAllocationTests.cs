namespace Avion.Training.Tests;

/// <summary>Tests that count the allocations of the whole process run alone.</summary>
[CollectionDefinition(nameof(StepAllocationTests), DisableParallelization = true)]
public sealed class ProcessAllocations;

[Collection(nameof(StepAllocationTests))]
public sealed class StepAllocationTests
{
    [Fact]
    public void A_warm_step_of_the_loop_allocates_no_managed_memory_on_any_thread()
    {
        using TemporaryFolder folder = new();
        AssertWarmStepsAllocateNothing(observer => BrightnessRun.Start(
            BrightnessRun.Recipe(folder.File("run"), "train.epochs=40", "checkpoint.every_steps=0", "evaluate.every_epochs=0"), observer));
    }

    [Theory]
    [InlineData("cpu")]
    [InlineData("cpu:2")]
    [InlineData("cpu", "train.micro_batch_size=2", "loss.kind=sigmoid")]
    public void A_warm_step_of_a_dual_encoder_allocates_no_managed_memory_on_any_thread(string devices, params string[] overrides)
    {
        using TemporaryFolder folder = new();
        AssertWarmStepsAllocateNothing(observer => TrainingRun.Start(
            DualEncoderRunTests.TinyRecipe(
                folder.File("run"), ["train.epochs=12", "checkpoint.every_steps=0", $"train.devices={devices}", .. overrides]),
            new TrainingOptions { Data = SyntheticClips.Data(train: 80), Observer = observer }));
    }

    [Theory]
    [InlineData("running_cell")]
    [InlineData("motion")]
    public void A_warm_step_of_masked_video_allocates_no_managed_memory_on_any_thread(string decoderTokens)
    {
        using TemporaryFolder folder = new();
        AssertWarmStepsAllocateNothing(observer => TrainingRun.Start(
            MaskedVideoTaskTests.TinyRecipe(folder.File("run"), "train.epochs=12", "checkpoint.every_steps=0", "evaluate.every_epochs=0",
                $"model.decoder_tokens={decoderTokens}"),
            new TrainingOptions { Data = SyntheticClips.Data(train: 40), Observer = observer }));
    }

    [Theory]
    [InlineData("clip")]
    [InlineData("videomae")]
    public void A_warm_step_of_a_classifier_that_mixes_and_changes_clips_allocates_no_managed_memory(string architecture)
    {
        using TemporaryFolder folder = new();
        AssertWarmStepsAllocateNothing(observer => TrainingRun.Start(
            ClassifierRuns.Recipe(folder.File("run"),
                ["train.epochs=8", "checkpoint.every_steps=0", $"model.architecture={architecture}", .. ClassifierRuns.AllDraws]),
            new TrainingOptions { Data = SyntheticClips.Data(train: 80), Observer = observer }));
    }

    private static void AssertWarmStepsAllocateNothing(Action<ITrainingObserver> train)
    {
        const int windowSteps = 20;
        long before = 0, fewest = long.MaxValue;
        RecordingObserver observer = new(step =>
        {
            if (step % windowSteps == 0)
            {
                long now = GC.GetTotalAllocatedBytes(precise: true);
                fewest = step > windowSteps ? Math.Min(fewest, now - before) : fewest;
                before = GC.GetTotalAllocatedBytes(precise: true);
            }
        });
        train(observer);

        // The test runner's own threads may allocate now and then; a step that allocates does so in every window.
        Assert.Equal(0, fewest);
    }
}
