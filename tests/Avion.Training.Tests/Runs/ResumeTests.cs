namespace Avion.Training.Tests;

public sealed class ResumeTests(UndisturbedRun undisturbed) : IClassFixture<UndisturbedRun>, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly (long Step, long LossBits)[] _undisturbed = undisturbed.Losses;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_undisturbed_run_learns_and_logs_every_step()
    {
        Assert.Equal(Enumerable.Range(1, BrightnessRun.TotalSteps).Select(step => (long)step), _undisturbed.Select(item => item.Step));
        double[] losses = [.. _undisturbed.Select(item => BitConverter.Int64BitsToDouble(item.LossBits))];
        double first = losses[..BrightnessRun.StepsPerEpoch].Average(), last = losses[^BrightnessRun.StepsPerEpoch..].Average();
        Assert.True(last < 0.85 * first, $"The mean loss of an epoch went from {first} to {last}.");
    }

    [Fact]
    public void Another_seed_gives_other_losses()
    {
        BrightnessRun.Start(BrightnessRun.Recipe(_folder.File("run"), "train.seed=12"));
        Assert.NotEqual(_undisturbed, BrightnessRun.Losses(_folder.File("run")));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(7)]
    [InlineData(13)]
    [InlineData(26)]
    public void A_run_that_was_stopped_saves_and_continues_bit_for_bit(int stopAfter)
    {
        string run = _folder.File("run");
        using CancellationTokenSource stop = new();
        RecordingObserver observer = new(step =>
        {
            if (step == stopAfter)
            {
                stop.Cancel();
            }
        });
        TrainingOutcome stopped = BrightnessRun.Start(BrightnessRun.Recipe(run), observer, cancellation: stop.Token);
        Assert.False(stopped.IsComplete);

        // A step is told when the next one is under way, unless a checkpoint or an evaluation comes between.
        Assert.Equal(stopAfter + (stopAfter % 5 == 0 ? 0 : 1), stopped.Steps);
        Assert.Equal(stopped.Steps, CheckpointStore.Load(CheckpointFolder(run, stopped.Steps)).State.Step);

        TrainingOutcome resumed = BrightnessRun.Resume(run);
        Assert.True(resumed.IsComplete);
        Assert.Equal(_undisturbed, BrightnessRun.Losses(run));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(14)]
    [InlineData(23)]
    public void A_run_that_was_abandoned_repeats_what_was_not_saved_bit_for_bit(int abandonAfter)
    {
        string run = _folder.File("run");
        Abandon(run, abandonAfter);
        File.AppendAllText(Path.Combine(run, "log.jsonl"), "{\"time\":\"2026-01-01T00:0");

        RecordingObserver observer = new();
        Assert.True(BrightnessRun.Resume(run, observer).IsComplete);
        Assert.Equal(_undisturbed, BrightnessRun.Losses(run));
        int saved = abandonAfter <= 5 ? 0 : (abandonAfter - 1) / 5 * 5;
        Assert.Contains(saved == 0 ? observer.Warnings : observer.Messages,
            text => text.Contains($"step {saved}", StringComparison.Ordinal));
    }

    [Fact]
    public void A_damaged_newest_checkpoint_is_told_and_the_run_goes_on_from_the_one_before()
    {
        string run = _folder.File("run");
        Abandon(run, 13);
        string weights = Path.Combine(CheckpointFolder(run, 10), CheckpointStore.ModelFile);
        File.WriteAllBytes(weights, File.ReadAllBytes(weights)[..5]);

        RecordingObserver observer = new();
        BrightnessRun.Resume(run, observer);
        Assert.Contains("step-000010' is damaged", Assert.Single(observer.Warnings));
        Assert.Contains("Resumed from step 5.", observer.Messages);
        Assert.Equal(_undisturbed, BrightnessRun.Losses(run));
    }

    [Fact]
    public void Several_interruptions_in_a_row_change_nothing()
    {
        string run = _folder.File("run");
        Abandon(run, 8);
        for (int step = 11; step < 26; step += 4)
        {
            int last = step;
            Assert.Throws<Abandoned>(() => BrightnessRun.Resume(run, AbandonAt(last)));
        }

        BrightnessRun.Resume(run);
        Assert.Equal(_undisturbed, BrightnessRun.Losses(run));
    }

    [Fact]
    public void Threads_prefetching_and_checkpoint_times_change_no_loss()
    {
        string run = _folder.File("run");
        BrightnessRun.Start(BrightnessRun.Recipe(run, "data.decode_threads=5", "data.prefetch_batches=7", "checkpoint.every_steps=3"));
        Assert.Equal(_undisturbed, BrightnessRun.Losses(run));
    }

    [Fact]
    public void A_complete_run_resumes_to_nothing()
    {
        TrainingOutcome outcome = BrightnessRun.Resume(undisturbed.Folder);
        Assert.True(outcome.IsComplete);
        Assert.Equal(BrightnessRun.TotalSteps, outcome.Steps);
        Assert.Equal(_undisturbed, BrightnessRun.Losses(undisturbed.Folder));
    }

    [Fact]
    public void Another_recipe_or_other_data_are_refused()
    {
        string run = undisturbed.Folder;
        RunException error = Assert.Throws<RunException>(() => BrightnessRun.Resume(run, overrides: ["optimizer.learning_rate=1"]));
        Assert.Contains("optimizer.learning_rate: was 0.002, now 1", error.Message);
        error = Assert.Throws<RunException>(() => BrightnessRun.Resume(run, data: SyntheticClips.Data(40)));
        Assert.Contains("has 40 samples, but the run began with 31", error.Message);

        string recipe = Path.Combine(run, "recipe.yaml");
        string text = File.ReadAllText(recipe);
        File.WriteAllText(recipe, text.Replace("learning_rate: 0.002", "learning_rate: 0.006", StringComparison.Ordinal));
        Assert.Contains("was made by another recipe", Assert.Throws<RunException>(() => BrightnessRun.Resume(run)).Message);
        File.WriteAllText(recipe, text);
    }

    [Fact]
    public void A_run_that_is_made_longer_goes_on_with_the_longer_schedule_and_stays_longer()
    {
        string run = _folder.File("run");
        BrightnessRun.Start(BrightnessRun.Recipe(run, "train.epochs=2"));
        RecordingObserver observer = new();
        TrainingOutcome longer = BrightnessRun.Resume(run, observer, overrides: ["train.epochs=4"]);
        Assert.Equal((true, 28L, 28L), (longer.IsComplete, longer.Steps, longer.TotalSteps));
        Assert.Contains(observer.Messages, message => message.Contains("train.epochs is 4, was 2", StringComparison.Ordinal));
        Assert.Equal(4, RecipeReader.ReadFile(Path.Combine(run, "recipe.yaml")).Train.Epochs);

        // The rates are those of a run of four epochs, from where the run was; so are the clips.
        ILearningRateSchedule schedule = LearningRateSchedule.Create(BrightnessRun.Recipe("unused"), BrightnessRun.StepsPerEpoch);
        RunLogEntry[] steps = [.. RunLogReader.Read(Path.Combine(run, "log.jsonl")).Entries.Where(entry => entry.Kind == RunLogKind.Step)];
        Assert.Equal(Enumerable.Range(1, 28).Select(step => (long)step), steps.Select(entry => entry.Step));
        Assert.All(steps[14..], entry => Assert.Equal(schedule.At(entry.Step - 1), entry.Values["learning_rate"]));

        Assert.Equal(28, BrightnessRun.Resume(run).TotalSteps);
    }

    [Fact]
    public void A_run_that_is_made_longer_and_killed_goes_on_as_one_that_was_not()
    {
        string run = _folder.File("run"), other = _folder.File("other");
        foreach (string folder in new[] { run, other })
        {
            BrightnessRun.Start(BrightnessRun.Recipe(folder, "train.epochs=2"));
        }

        Assert.Throws<Abandoned>(() => BrightnessRun.Resume(run, AbandonAt(16), overrides: ["train.epochs=4"]));
        Assert.Equal(28, BrightnessRun.Resume(run).Steps);
        BrightnessRun.Resume(other, overrides: ["train.epochs=4"]);
        Assert.Equal(BrightnessRun.Losses(other), BrightnessRun.Losses(run));
    }

    [Fact]
    public void A_run_cannot_end_before_the_step_that_it_is_at()
    {
        string run = _folder.File("run");
        BrightnessRun.Start(BrightnessRun.Recipe(run));
        RunException error = Assert.Throws<RunException>(() => BrightnessRun.Resume(run, overrides: ["train.epochs=3"]));
        Assert.Contains("train.epochs=3 ends at step 21, but the run is at step 28", error.Message);
        Assert.Contains("at least 4 epochs", error.Message);
        Assert.Equal(4, RecipeReader.ReadFile(Path.Combine(run, "recipe.yaml")).Train.Epochs);
    }

    [Fact]
    public void The_best_checkpoint_of_before_a_resume_stays_the_best_while_none_is_better()
    {
        string run = _folder.File("run");
        string[] learns = ["evaluate.every_epochs=1", "optimizer.learning_rate=0.02", "checkpoint.keep=1"];
        TrainingOutcome before = BrightnessRun.Start(BrightnessRun.Recipe(run, [.. learns, "train.epochs=2"]));
        TrainingData mislabelled = BrightnessRun.Data() with { Validation = new Mislabelled(24) };
        TrainingOutcome after = BrightnessRun.Resume(run, data: mislabelled, overrides: ["train.epochs=4"]);
        Assert.True(after.Evaluation!["accuracy"] < before.BestValue);
        Assert.Equal((before.BestValue, before.BestStep), (after.BestValue, after.BestStep));
        Assert.Equal($"step-{before.BestStep:D6}", File.ReadAllText(Path.Combine(run, "checkpoints", "best")).Trim());
        Assert.Equal(before.BestStep, CheckpointStore.Load(CheckpointStore.Find(run)).State.Step);
    }

    private static string CheckpointFolder(string run, long step) => Path.Combine(run, "checkpoints", $"step-{step:D6}");

    /// <summary>Ends a new run without a chance to save, as a killed process does.</summary>
    private static void Abandon(string run, int afterStep) =>
        Assert.Throws<Abandoned>(() => BrightnessRun.Start(BrightnessRun.Recipe(run), AbandonAt(afterStep)));

    private static RecordingObserver AbandonAt(int afterStep) => new(step =>
    {
        if (step == afterStep)
        {
            throw new Abandoned();
        }
    });

    private sealed class Abandoned : Exception;

    /// <summary>Clips of which none has the label that its brightness says.</summary>
    private sealed class Mislabelled(int count) : IClipDataset
    {
        private readonly SyntheticClips _clips = new(count);

        public int Count => count;

        public int LabelCount => 1;

        public void Draw(in SampleKey key, IClipSource videos, ClipRequest request)
        {
            _clips.Draw(key, videos, request);
            request.Labels[0] = (request.Labels[0] + 4) % SyntheticClips.Levels;
        }

        public string Describe(in SampleKey key) => _clips.Describe(key);
    }
}

/// <summary>A run that nothing stopped, made once for all tests.</summary>
public sealed class UndisturbedRun : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public UndisturbedRun()
    {
        BrightnessRun.Start(BrightnessRun.Recipe(Folder));
        Losses = BrightnessRun.Losses(Folder);
    }

    internal string Folder => _folder.File("run");

    internal (long Step, long LossBits)[] Losses { get; }

    public void Dispose() => _folder.Dispose();
}
