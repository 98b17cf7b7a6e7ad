namespace Avion.Training.Tests;

/// <summary>Runs that end with a loss which no training wants.</summary>
public sealed class LossTrendTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    static LossTrendTests() => TrainingTasks.Add<DivergingTask>();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_loss_far_above_its_start_is_told_in_words_and_in_the_log()
    {
        RecordingObserver observer = new();
        string folder = _folder.File("steep");

        // Decay multiplies the weights by 1 - 300 * 0.02 at each step.
        TrainingOutcome outcome = BrightnessRun.Start(BrightnessRun.Recipe(folder, "schedule.kind=constant", "schedule.warmup_epochs=0",
            "optimizer.learning_rate=300", "optimizer.weight_decay=0.02"), observer);
        Assert.True(outcome.IsComplete);
        RunLogEntry[] entries = [.. RunLogReader.Read(Path.Combine(folder, "log.jsonl")).Entries];
        double[] losses = [.. entries.Where(entry => entry.Kind == RunLogKind.Step).Select(entry => entry.Values["loss"])];
        double first = losses.Take(10).Average(), last = losses.TakeLast(10).Average();
        Assert.True(last > (3 * first) + 1 == outcome.Divergence is not null, $"{first} became {last}: {outcome.Divergence}");
        Assert.Equal(outcome.Divergence, Assert.Single(observer.Warnings));
        Assert.Contains(FormattableString.Invariant($"the last 10 steps is {last:G4}, of the first 10 it was {first:G4}."), outcome.Divergence);
        Assert.Contains("smaller optimizer.learning_rate", outcome.Divergence);
        Assert.Equal("diverged", entries[^1].Labels["reason"]);
    }

    [Fact]
    public void A_resumed_run_is_held_against_the_beginning_of_the_whole_run()
    {
        string folder = _folder.File("run");
        using CancellationTokenSource stop = new();
        BrightnessRun.Start(BrightnessRun.Recipe(folder), new RecordingObserver(step => Stop(step, stop)), cancellation: stop.Token);
        CheckpointState state = CheckpointStore.Load(CheckpointStore.Find(folder)).State;
        Assert.Equal(BrightnessRun.Losses(folder).Take(10).Select(step => step.LossBits),
            state.FirstLosses.Select(BitConverter.DoubleToInt64Bits));
        Assert.Null(BrightnessRun.Resume(folder).Divergence);

        static void Stop(long step, CancellationTokenSource stop)
        {
            if (step == 12)
            {
                stop.Cancel();
            }
        }
    }

    /// <summary>Made-up losses: the rule is 3·|first| + 1.</summary>
    [Theory]
    [InlineData(30, 2.0, 6.9, false)]
    [InlineData(30, 2.0, 7.1, true)]
    [InlineData(30, 0.01, 1.0, false)]
    [InlineData(30, -1.0, 3.9, false)]
    [InlineData(4, 2.0, 7.1, true)]
    [InlineData(2, 2.0, 7.1, true)]
    [InlineData(1, 7.1, 7.1, false)]
    public void The_rule_is_the_stated_one(int steps, double first, double last, bool isDivergence)
    {
        LossTrend trend = new();
        for (int step = 0; step < steps; step++)
        {
            trend.Add(Result(step < steps / 2 ? first : last));
        }

        Assert.Equal(isDivergence, trend.Divergence is not null);
        trend.Add(Result(double.NaN));
        Assert.Contains("its last step are not finite", trend.Divergence);
        trend.Add(Result(first));
        Assert.DoesNotContain("not finite", trend.Divergence ?? "");
    }

    private static StepResult Result(double loss) => new(loss, 1, double.IsFinite(loss), default);
}
