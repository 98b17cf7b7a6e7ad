namespace Avion.Training.Tests;

public sealed class TrainingLoopTests
{
    [Fact]
    public void A_run_leaves_recipe_log_events_and_checkpoints()
    {
        using TemporaryFolder folder = new();
        RecordingObserver observer = new();
        Recipe recipe = BrightnessRun.Recipe(folder.File("run"));
        TrainingOutcome outcome = BrightnessRun.Start(recipe, observer);

        Assert.True(outcome.IsComplete);
        Recipe kept = recipe with { Train = recipe.Train with { Devices = DeviceChoice.Of(recipe).Devices.ToString() } };
        Assert.Equal(kept, RecipeReader.ReadFile(folder.File("run", "recipe.yaml")));
        Assert.Equal([14L, 28L], observer.EvaluatedSteps);
        Assert.Single(Directory.GetFiles(folder.File("run"), "events.out.tfevents.*"));
        RunLogEntry[] log = [.. RunLogReader.Read(folder.File("run", "log.jsonl")).Entries];
        Assert.Equal(RunLogKind.Started, log[0].Kind);
        Assert.Equal(("accuracy", "distance"), (log[0].Labels["metric.accuracy"], log[0].Labels[RunLogLabels.SmallerIsBetter]));
        Assert.Equal("completed", log[^1].Labels["reason"]);
        Assert.Equal([5L, 10L, 14L, 15L, 20L, 25L, 28L],
            log.Where(entry => entry.Kind == RunLogKind.Checkpoint).Select(entry => entry.Step));
        Assert.Equal([14L, 28L], log.Where(entry => entry.Kind == RunLogKind.Evaluation).Select(entry => entry.Step));
        Assert.All(log.Where(entry => entry.Kind == RunLogKind.Step), entry => Assert.InRange(entry.Values["data_wait_fraction"], 0, 1));
        Assert.Equal(1, log.Count(entry => entry.Step == 28 && entry.Kind == RunLogKind.Step));
    }

    [Fact]
    public void Learning_rates_of_the_log_are_those_of_the_schedule()
    {
        using TemporaryFolder folder = new();
        Recipe recipe = BrightnessRun.Recipe(folder.File("run"));
        BrightnessRun.Start(recipe);
        ILearningRateSchedule schedule = LearningRateSchedule.Create(recipe, BrightnessRun.StepsPerEpoch);
        Assert.All(
            RunLogReader.Read(folder.File("run", "log.jsonl")).Entries.Where(entry => entry.Kind == RunLogKind.Step),
            entry => Assert.Equal(schedule.At(entry.Step - 1), entry.Values["learning_rate"]));
    }

    [Fact]
    public void Best_names_the_checkpoint_with_the_best_metric_and_it_stays()
    {
        using TemporaryFolder folder = new();
        Recipe recipe = BrightnessRun.Recipe(folder.File("run"), "evaluate.every_epochs=1", "checkpoint.keep=1",
            "optimizer.learning_rate=0.02");
        TrainingOutcome outcome = BrightnessRun.Start(recipe);

        (long Step, double Value)[] metrics =
        [
            .. RunLogReader.Read(folder.File("run", "log.jsonl")).Entries.Where(entry => entry.Kind == RunLogKind.Evaluation)
                .Select(entry => (entry.Step, entry.Values["accuracy"])),
        ];
        (long step, double value) = metrics.MaxBy(metric => metric.Value);
        Assert.Equal((value, step), (outcome.BestValue!.Value, outcome.BestStep!.Value));
        Assert.Equal(Path.Combine(folder.File("run", "checkpoints"), $"step-{step:D6}"), CheckpointStore.Find(folder.File("run")));
        Assert.True(Directory.GetDirectories(folder.File("run", "checkpoints")).Length <= 2);

        RecordingObserver observer = new();
        TrainingOptions options = new() { Data = BrightnessRun.Data(), Observer = observer };
        Assert.Equal(value, Evaluation.Run(outcome.Folder, options: options)["accuracy"]);
        Assert.Contains($"Evaluating step-{step:D6}, the best of '{outcome.Folder}'.", observer.Messages);

        string best = folder.File("run", "checkpoints", $"step-{step:D6}");
        File.AppendAllText(Path.Combine(best, CheckpointStore.ModelFile), "x");
        Assert.Contains("is damaged", Assert.Throws<RunException>(() => Evaluation.Run(outcome.Folder, options: options)).Message);
        Directory.Delete(best, recursive: true);
        RunException error = Assert.Throws<RunException>(() => Evaluation.Run(outcome.Folder, options: options));
        Assert.Contains($"names step-{step:D6}, which is not there", error.Message);
        File.WriteAllText(folder.File("run", "checkpoints", "best"), "../elsewhere");
        Assert.Contains("names no checkpoint", Assert.Throws<RunException>(() => CheckpointStore.Find(outcome.Folder)).Message);
        File.Delete(folder.File("run", "checkpoints", "best"));
        Assert.Contains("the newest of", CheckpointChoice.Of(outcome.Folder).Text);
    }

    [Fact]
    public void Bad_clips_are_skipped_counted_and_reported()
    {
        using TemporaryFolder folder = new();
        int reads = 0;
        RecordingObserver observer = new();
        TrainingData data = SyntheticClips.Data(31,
            openSource: () => new SyntheticClips.Source(() => Interlocked.Increment(ref reads) % 25 == 0));
        TrainingOutcome outcome = BrightnessRun.Start(
            BrightnessRun.Recipe(folder.File("run"), "data.maximum_bad_fraction=0.5", "data.decode_threads=1"), observer, data);
        Assert.True(outcome.IsComplete);
        Assert.InRange(outcome.BadClips, 3, 6);
        string[] logged =
        [
            .. RunLogReader.Read(folder.File("run", "log.jsonl")).Entries.Where(entry => entry.Kind == RunLogKind.Warning)
                .Select(entry => entry.Labels["message"]),
        ];
        Assert.Equal(outcome.BadClips, logged.Length);
        Assert.Equal(logged.Distinct(), observer.Warnings);
        Assert.All(observer.Warnings,
            warning => Assert.Matches("Skipped a clip that cannot be read: sample [0-9]+: the file is damaged", warning));
        Assert.Equal(outcome.BadClips, new CheckpointStore(folder.File("run", "checkpoints"), 3).LoadNewest(Assert.Fail)!.State.BadClips);
    }

    [Fact]
    public void A_bad_clip_is_logged_at_each_draw_and_told_once()
    {
        using TemporaryFolder folder = new();
        RecordingObserver observer = new();
        BrightnessRun.Start(BrightnessRun.Recipe(folder.File("run"), "data.maximum_bad_fraction=0.5"), observer,
            new TrainingData { Train = new OneBadClip(), OpenSource = () => new SyntheticClips.Source() });
        Assert.Equal("Skipped a clip that cannot be read: sample 3: the file is damaged", Assert.Single(observer.Warnings));
        Assert.InRange(RunLogReader.Read(folder.File("run", "log.jsonl")).Entries.Count(entry => entry.Kind == RunLogKind.Warning), 2, 4);
    }

    [Fact]
    public void Too_many_bad_clips_stop_the_run()
    {
        using TemporaryFolder folder = new();
        TrainingData data = SyntheticClips.Data(31, openSource: () => new SyntheticClips.Source(() => true));
        Assert.Throws<DataException>(() => BrightnessRun.Start(BrightnessRun.Recipe(folder.File("run")), data: data));
    }

    [Fact]
    public void Maximum_steps_ends_early_and_a_resumed_run_may_go_further()
    {
        using TemporaryFolder folder = new();
        BrightnessRun.Start(BrightnessRun.Recipe(folder.File("whole")));
        TrainingOutcome part = BrightnessRun.Start(BrightnessRun.Recipe(folder.File("run"), "train.maximum_steps=9"));
        Assert.Equal((true, 9L, 9L), (part.IsComplete, part.Steps, part.TotalSteps));
        BrightnessRun.Resume(folder.File("run"), overrides: ["train.maximum_steps=0"]);
        Assert.Equal(BrightnessRun.Losses(folder.File("whole")), BrightnessRun.Losses(folder.File("run")));
    }

    private sealed class OneBadClip : IClipDataset
    {
        private readonly SyntheticClips _clips = new((BrightnessRun.StepsPerEpoch * 4) + 3);

        public int Count => _clips.Count;

        public int LabelCount => _clips.LabelCount;

        public void Draw(in SampleKey key, IClipSource videos, ClipRequest request)
        {
            _clips.Draw(key, videos, request);
            if (key.Index == 3)
            {
                throw new DataException("the file is damaged");
            }
        }

        public string Describe(in SampleKey key) => _clips.Describe(key);
    }
}
