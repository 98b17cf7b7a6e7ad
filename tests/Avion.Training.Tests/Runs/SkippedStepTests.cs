namespace Avion.Training.Tests;

/// <summary>Steps whose loss or gradients are not finite.</summary>
public sealed class SkippedStepTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    static SkippedStepTests() => TrainingTasks.Add<DivergingTask>();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void One_of_them_changes_nothing_is_counted_and_told_and_the_run_goes_on()
    {
        RecordingObserver observer = new();
        TrainingOutcome outcome = BrightnessRun.Start(
            RecipeOf("one", "checkpoint.every_steps=1", "checkpoint.keep=99", "train.average_decay=0.5"), observer);
        Assert.Equal((true, 1L), (outcome.IsComplete, outcome.SkippedSteps));
        Assert.Matches(@"^Step 12 \(step 4 of epoch 1\) changed nothing: its loss is (NaN|∞|Infinity) and the norm of its gradients NaN, "
            + @"expected finite numbers; learning rate 0\.00\d+; clips sample \d+, sample \d+, sample \d+, sample \d+\.$",
            Assert.Single(observer.Warnings));

        foreach (string file in new[] { CheckpointStore.ModelFile, CheckpointStore.OptimizerFile, WeightAverage.FileName })
        {
            Assert.Equal(DualEncoderRunTests.TensorBytes(File("one", 11, file)), DualEncoderRunTests.TensorBytes(File("one", 12, file)));
            Assert.NotEqual(DualEncoderRunTests.TensorBytes(File("one", 12, file)), DualEncoderRunTests.TensorBytes(File("one", 13, file)));
        }

        // It is a step of the run and none of the optimizer.
        using SafetensorsFile optimizer = new(File("one", BrightnessRun.TotalSteps, CheckpointStore.OptimizerFile));
        Assert.Equal($"{BrightnessRun.TotalSteps - 1}", optimizer.Metadata["avion.optimizer_steps"]);
        CheckpointState state = CheckpointStore.Load(Path.GetDirectoryName(File("one", BrightnessRun.TotalSteps, "x"))!).State;
        Assert.Equal((1, 12L), (state.SkippedSteps, Assert.Single(state.RecentSkippedSteps)));
        RunLogEntry[] steps = [.. Log("one").Where(entry => entry.Kind == RunLogKind.Step)];
        Assert.Equal(Enumerable.Range(1, BrightnessRun.TotalSteps).Select(step => step < 12 ? 0.0 : 1),
            steps.Select(step => step.Values["skipped_steps"]));
        Assert.Contains(Log("one"), entry => entry is { Kind: RunLogKind.Warning, Step: 12 });
    }

    [Fact]
    public void More_than_the_recipe_allows_stop_the_run_with_a_report_and_the_last_good_checkpoint_stays()
    {
        RunException error = Assert.Throws<RunException>(() => BrightnessRun.Start(RecipeOf("strict", "train.maximum_skipped_steps=0")));
        Assert.Contains("1 of the last 100 steps had a loss or gradients that are not finite", error.Message);
        Assert.Contains("more than train.maximum_skipped_steps=0 allows", error.Message);
        Assert.Contains("Step 12 (step 4 of epoch 1)", error.Message);
        Assert.Matches(@"The last finite losses are (\d\.\d+, ){4}\d\.\d+\. Checkpoint step-000010 holds", error.Message);
        Assert.Contains("smaller optimizer.learning_rate", error.Message);
        Assert.Equal([10L, 5L], new CheckpointStore(_folder.File("strict", "checkpoints"), 3).Steps);
        RunLogEntry last = Log("strict").Last();
        Assert.Equal((RunLogKind.Ended, "failed"), (last.Kind, last.Labels["reason"]));

        error = Assert.Throws<RunException>(() => BrightnessRun.Start(RecipeOf(DivergingTask.FromThenOn)));
        Assert.Contains("11 of the last 100 steps", error.Message);
        Assert.Contains("Step 22 (", error.Message);
    }

    [Fact]
    public void A_resumed_run_stops_where_an_undisturbed_one_does()
    {
        using CancellationTokenSource stop = new();
        RecordingObserver observer = new(step =>
        {
            if (step == 16)
            {
                stop.Cancel();
            }
        });
        Assert.False(BrightnessRun.Start(RecipeOf(DivergingTask.FromThenOn), observer, cancellation: stop.Token).IsComplete);
        RunException error = Assert.Throws<RunException>(() => BrightnessRun.Resume(_folder.File(DivergingTask.FromThenOn)));
        Assert.Contains("11 of the last 100 steps", error.Message);
        Assert.Contains("Step 22 (", error.Message);
    }

    [Fact]
    public void A_run_that_never_had_a_finite_step_leaves_its_folder_free()
    {
        Recipe diverging = RecipeOf(DivergingTask.FromTheFirst);
        RunException error = Assert.Throws<RunException>(() => BrightnessRun.Start(diverging));
        Assert.Contains("No step before had a finite loss. No checkpoint was saved.", error.Message);
        Assert.Empty(new CheckpointStore(_folder.File(DivergingTask.FromTheFirst, "checkpoints"), 3).Steps);
        Assert.True(BrightnessRun.Start(diverging with { Name = "mended" }).IsComplete);
        Assert.Equal("mended", RecipeReader.ReadFile(_folder.File(DivergingTask.FromTheFirst, "recipe.yaml")).Name);
    }

    private Recipe RecipeOf(string name, params string[] overrides) =>
        BrightnessRun.Recipe(_folder.File(name), overrides) with { Name = name, Task = "diverging" };

    private IReadOnlyList<RunLogEntry> Log(string name) => RunLogReader.Read(_folder.File(name, "log.jsonl")).Entries;

    private string File(string name, int step, string file) => _folder.File(name, "checkpoints", $"step-{step:D6}", file);
}
