namespace Avion.Training.Tests;

/// <summary>Measurements of recipes whose clips take a known time, so that the rates are known beforehand.</summary>
public sealed class MeasurementTests : IDisposable
{
    private const int ClipMilliseconds = 10;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("decoding", "cpu")]
    [InlineData("disk", "cpu")]
    [InlineData("decoding", "cpu:2")]
    public void Rates_of_reading_are_those_of_the_clips_and_bound_the_run(string expected, string devices)
    {
        TrainingMeasurement found = Measure(() => new SlowSource(expected == "disk" ? ClipMilliseconds : 0, expected == "disk" ? 0 : ClipMilliseconds),
            $"train.devices={devices}");
        // The task computes in float32 alone; everything else is measured.
        Assert.All(found.NotMeasured, sentence => Assert.Matches("^What train.precision=bf16 would give|because other programs take the machine", sentence));
        const double most = 1000.0 / ClipMilliseconds;

        // A sleep lasts as long as it was asked to or longer; on a busy machine up to some milliseconds.
        // Of the clip that each thread is at when the time begins, only the end falls into it.
        Assert.InRange(found.OneThread!.ClipsPerSecond, 0.4 * most, most + (1 / found.OneThread.Seconds));
        Assert.InRange(found.FirstTime!.ClipsPerSecond, 0.4 * 2 * most, (2 * most) + (2 / found.FirstTime.Seconds));
        Assert.InRange(found.TogetherClipsPerSecond, 0.4 * 2 * most, 1.15 * 2 * most);
        Assert.True(found.StepClipsPerSecond > found.TogetherClipsPerSecond);
        Assert.Equal(expected, found.Verdict!.Word);
        Assert.Equal(SlowSource.ClipBytes, found.FirstTime.BytesPerClip, 0.25 * SlowSource.ClipBytes);
        Assert.InRange(found.FirstTime.FileShare, expected == "disk" ? 0.6 : 0, expected == "disk" ? 1 : 0);

        // 7 steps of 4 clips in each of 4 epochs.
        Assert.Equal(BrightnessRun.TotalSteps * 4, found.Clips);
        Assert.Equal(BrightnessRun.TotalSteps * 4 / found.TogetherClipsPerSecond, found.RunSeconds, 1e-9);
        Assert.InRange(found.RunSeconds, found.RunSecondsRange.Low, found.RunSecondsRange.High);
        Assert.Equal(found.Steps!.PlannedStepBytes, found.Steps.UsedStepBytes);
        Assert.False(Directory.Exists(_folder.File("run")));
    }

    [Fact]
    public void What_is_done_once_before_the_first_batch_does_not_count_as_reading()
    {
        // The first clip takes a second of a second and a half: counted in, it would leave a third of the rate.
        bool isFirst = true;
        Recipe recipe = MeasuredRecipe.ForReading(Recipe("data.decode_threads=1"), 1);
        ClipFeed feed = new(recipe, Data(() => new SlowSource(decodeMilliseconds: ClipMilliseconds, before: () =>
        {
            Thread.Sleep(isFirst ? 1000 : 0);
            isFirst = false;
        })), new ClipForm(FrameCount: 1, 8, 8, LabelCount: 1));
        (MeasuredReading reading, long batches) = MeasuredReading.Measure(feed, new RunPosition(0, 0), 1.5, long.MaxValue, TestContext.Current.CancellationToken)!.Value;
        Assert.InRange(reading.ClipsPerSecond, 40, 102);
        Assert.InRange(reading.Seconds, 0.1, 0.6);
        Assert.InRange(batches, 3, 15);

        // Where the time is over with the first batch, all of it counts.
        isFirst = true;
        (reading, batches) = MeasuredReading.Measure(feed, new RunPosition(0, 0), 60, 1, TestContext.Current.CancellationToken)!.Value;
        Assert.Equal(1, batches);
        Assert.InRange(reading.Seconds, 1, 60);
    }

    [Fact]
    public void A_batch_that_is_slow_to_read_is_measured_with_fewer_clips()
    {
        // 28 clips of 200 ms by two threads are 2.8 s, three times in the loader: too much of 4.
        TrainingMeasurement found = TrainingMeasurer.Of(Recipe("train.batch_size=28", "train.devices=cpu"), new TrainingOptions
        {
            Data = Data(() => new SlowSource(decodeMilliseconds: 200)), ComputeThreads = 1,
        }, 4, _ => { }, TestContext.Current.CancellationToken);
        Assert.InRange(found.Steps!.BatchSize, 2, 8);
        Assert.Contains(found.Remarks, remark => remark.StartsWith("Steps were measured with ", StringComparison.Ordinal));
        Assert.Equal("decoding", found.Verdict!.Word);
        Assert.InRange(found.Seconds, 1, 12);
    }

    [Fact]
    public void More_decode_threads_are_tried_and_ranked_by_what_they_read()
    {
        TrainingMeasurement found = Measure(() => new SlowSource(decodeMilliseconds: ClipMilliseconds), "data.decode_threads=1", "train.devices=cpu");
        if (Environment.ProcessorCount == 1)
        {
            Assert.Null(found.EveryProcessor);
            return;
        }

        Improvement first = found.Improvements[0];
        Assert.Equal($"data.decode_threads={Environment.ProcessorCount}", first.Change);
        Assert.Equal(found.EveryProcessor!.ClipsPerSecond / found.FirstTime!.ClipsPerSecond, first.Factor, 0.5);
        Assert.True(first.Factor > 1.4);
        Assert.Equal(found.Improvements.OrderByDescending(each => each.Factor), found.Improvements);
    }

    [Fact]
    public void Half_and_double_the_batch_are_tried_and_ranked_by_clips_a_second()
    {
        // Steps of any batch take the same time: twice the batch trains twice the clips.
        (Recipe recipe, DeviceChoice devices, MemoryPlan plan) = Paced(_ => 10);
        MeasurementGaps gaps = new();
        StepTrials trials = new(recipe, plan, devices, new TrainingOptions { ComputeThreads = 1 }, gaps) { EpochClips = 31 };
        IReadOnlyList<StepTrial> found = trials.Run(3, 400, 60, TestContext.Current.CancellationToken);
        StepTrial Of(int batch) => found.Single(trial => trial.Change == $"train.batch_size={batch}, which is another training");
        Assert.Equal(0.5, Of(2).Ratio, 0.15);
        Assert.Equal(2, Of(8).Ratio, 0.6);
        Assert.Contains("8 each where the recipe's have 4", Of(8).Because);

        // The task computes in float32 alone.
        Assert.StartsWith("What train.precision=bf16 would give", Assert.Single(gaps.Sentences));

        // Fewer clips than twice the batch: no step could be taken.
        Assert.DoesNotContain(StepVariant.OfBatches(recipe, devices, 7, new TrainingOptions()), variant => variant.Change.Contains("=8", StringComparison.Ordinal));
    }

    [Fact]
    public void A_batch_that_takes_too_long_or_too_much_memory_is_told()
    {
        (Recipe recipe, DeviceChoice devices, MemoryPlan plan) = Paced(_ => 0);
        MeasurementGaps gaps = new();

        // Two clips in the time for one setting.
        StepTrials trials = new(recipe, plan, devices, new TrainingOptions { ComputeThreads = 1 }, gaps);
        IReadOnlyList<StepTrial> found = trials.Run(0.5, 100, 60, TestContext.Current.CancellationToken);
        Assert.DoesNotContain(found, trial => trial.Change.Contains("batch_size", StringComparison.Ordinal));
        Assert.Contains(gaps.Sentences, sentence => sentence.StartsWith(
            "What train.batch_size=2, which is another training; train.batch_size=8, which is another training would give: steps of whole batches", StringComparison.Ordinal));

        Recipe tight = RecipeReader.Override(recipe, [$"train.memory_budget={plan.TotalBytes + 1}B"]);
        StepVariant twice = StepVariant.OfBatches(tight, devices, 100, new TrainingOptions { ComputeThreads = 1 }).Last();
        Assert.Contains("training needs", Assert.Throws<RecipeException>(() => twice.Of(tight)).Message);
    }

    [Fact]
    public void Long_captions_are_tried_cut_and_short_ones_cost_no_padding()
    {
        Recipe recipe = DualEncoderRunTests.TinyRecipe(_folder.File("run"), "train.devices=cpu", "model.text.context_length=40");
        DeviceChoice devices = DeviceChoice.Of(recipe);
        MemoryPlan plan = MemoryBudget.Choose(recipe, threads: 1, evaluates: false);
        StepVariant? Cut(int tokens) => StepVariant.OfSteps(recipe, plan, devices, tokens).SingleOrDefault(
            variant => variant.Change.StartsWith("model.text.context_length=16", StringComparison.Ordinal));
        Assert.Null(Cut(16));
        Recipe cut = Cut(24)!.Of(recipe);
        Assert.Equal(Flops(recipe, 16), Flops(cut, 24));
        Assert.True(Flops(recipe, 24) > Flops(recipe, 16));

        long Flops(Recipe of, int tokens)
        {
            using MemoryPlanner planner = new(of, threads: 1, evaluates: false, tokens);
            return planner.With(0).StepFlops;
        }
    }

    [Fact]
    public void One_rank_keeps_the_parts_of_a_batch()
    {
        Recipe recipe = DualEncoderRunTests.TinyRecipe(_folder.File("run"), "train.batch_size=64", "train.micro_batch_size=16", "train.devices=cpu:2");
        DeviceChoice devices = DeviceChoice.Of(recipe);
        MemoryPlan plan = MemoryBudget.Choose(recipe, threads: 2, evaluates: false);
        Recipe one = MeasuredRecipe.OnOneRank(MeasuredRecipe.WithShare(recipe, plan, 32), devices, 32);
        Assert.Equal(("cpu", 32, "8", 4), (one.Train.Devices, one.Train.BatchSize, one.Train.MicroBatchSize, one.Train.PartCount!.Value));
        StepVariant[] batches = [.. StepVariant.OfBatches(recipe, devices, 1000, new TrainingOptions { ComputeThreads = 2 })];
        Assert.Equal([(16, "8"), (64, "8")], batches.Select(variant => variant.Of(one).Train).Select(train => (train.BatchSize, train.MicroBatchSize)));
    }

    [Fact]
    public void Steps_that_are_slower_alone_than_beside_reading_are_called_unsure()
    {
        // The steps of the first batch, which are those alone, find the machine taken.
        StepContext? first = null;
        (Recipe recipe, _, _) = Paced(context => (first ??= context).StepInEpoch == context.StepInEpoch && first.Value.Epoch == context.Epoch ? 20 : 0);
        TrainingMeasurement found = TrainingMeasurer.Of(recipe, new TrainingOptions { Data = Data(() => new SlowSource(decodeMilliseconds: 1)), ComputeThreads = 1 },
            4, _ => { }, TestContext.Current.CancellationToken);
        Assert.True(found.Steps!.IsUnsure);
        Assert.Contains(found.Remarks, remark => remark.Contains("which cannot be: other programs took the machine", StringComparison.Ordinal));
        TrainingMeasurement quiet = Measure(() => new SlowSource(decodeMilliseconds: ClipMilliseconds));
        Assert.False(quiet.Steps!.IsUnsure);
        Assert.DoesNotContain(quiet.Remarks, remark => remark.Contains("which cannot be", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(new[] { 2.0, 2, 2 }, new[] { 1.0, 1, 1 }, true)]
    [InlineData(new[] { 1.0, 1, 1 }, new[] { 2.0, 2, 2 }, false)]
    [InlineData(new[] { 1.05, 1.05, 1.05 }, new[] { 1.0, 1, 1 }, false)]
    [InlineData(new[] { 1.0, 3 }, new[] { 1.5, 1.5 }, false)]
    [InlineData(new[] { 1.25 }, new[] { 1.0 }, false)]
    [InlineData(new[] { 2.0 }, new[] { 1.0 }, true)]
    [InlineData(new[] { 2.0 }, new double[0], false)]
    public void What_noise_explains_is_not_unsure(double[] alone, double[] together, bool isUnsure) => Assert.Equal(isUnsure, new MeasuredSteps
    {
        BatchSize = 4, PartCount = 1, Alone = alone, Together = together, PlannedStepBytes = 0, UsedStepBytes = 0,
    }.IsUnsure);

    [Fact]
    public void What_does_not_exceed_the_noise_does_not_help()
    {
        Assert.True(new Improvement("", 1.1, "").Helps);
        Assert.False(new Improvement("", 1.1, "") { Noise = 1.2 }.Helps);
        Assert.False(new Improvement("", 1.01, "").Helps);
    }

    [Fact]
    public void Where_data_is_missing_that_is_said_and_steps_are_measured_all_the_same()
    {
        Recipe recipe = DualEncoderRunTests.TinyRecipe(_folder.File("run"), "data.train.videos=/absent/videos", "data.train.annotations=/absent/clips.csv");
        TrainingMeasurement found = TrainingMeasurer.Of(recipe, new TrainingOptions { ComputeThreads = 1 }, 1, _ => { }, TestContext.Current.CancellationToken);
        Assert.Contains(found.NotMeasured, sentence => sentence.StartsWith("Reading: data.train.videos: there is no file or folder '/absent/videos'.", StringComparison.Ordinal));
        Assert.True(found.Steps!.AreMadeUp && found.StepClipsPerSecond > 0);
        Assert.Null(found.FirstTime);
        Assert.Null(found.Verdict);
        Assert.True(double.IsNaN(found.RunSeconds));
    }

    [Fact]
    public void Steps_alone_take_what_the_benchmark_of_steps_takes()
    {
        Recipe recipe = DualEncoderRunTests.TinyRecipe(_folder.File("run"), "train.devices=cpu");
        TrainingData data = SyntheticClips.Data(train: 80);
        TrainingMeasurement found = TrainingMeasurer.Of(recipe, new TrainingOptions { ComputeThreads = 1, Data = data }, 2, _ => { }, TestContext.Current.CancellationToken);
        using StepBenchmark benchmark = new(recipe, (int)Math.Round(found.Steps!.CaptionTokens), threads: 1);
        double median = found.Steps.Alone.Order().ElementAt(found.Steps.Alone.Count / 2);

        // Medians of two runs on a machine that others use may differ by a factor; a wrong unit or a wrong count of clips by more.
        Assert.InRange(1000 * median / benchmark.Run(steps: 50, measuresPeak: false, TestContext.Current.CancellationToken).StepMilliseconds, 0.33, 3);
    }

    [Fact]
    public void A_measurement_that_is_stopped_leaves_nothing_behind()
    {
        using CancellationTokenSource stop = new();
        Assert.ThrowsAny<OperationCanceledException>(() => TrainingMeasurer.Of(Recipe(), new TrainingOptions { Data = Data(() => new SlowSource(1)) }, 5,
            text =>
            {
                if (text.Contains("steps", StringComparison.Ordinal))
                {
                    stop.Cancel();
                }
            }, stop.Token));
        Assert.False(Directory.Exists(_folder.File("run")));
    }

    [Theory]
    [InlineData(100, 50, double.NaN, false, 200, 50, 1)]
    [InlineData(50, 100, double.NaN, false, 200, 100, 2)]
    [InlineData(50, 100, double.NaN, false, 75, 100, 1.5)]
    [InlineData(100, 100, 50, true, 200, 100, (1 / (0.01 + 0.005)) / 50)]
    [InlineData(100, 100, 50, true, 100, 200, (1 / (0.01 + 0.005)) / 50)]
    [InlineData(100, 100, 100, true, 100, 200, 1)]
    [InlineData(1000, 100, 100, true, 2000, 100, 1)]
    public void Rates_that_were_not_measured_follow_from_those_that_were(
        double reading, double step, double together, bool shares, double otherReading, double otherStep, double factor) =>
        Assert.Equal(factor, new RateModel(reading, step, together, shares).Factor(otherReading, otherStep), 1e-12);

    [Fact]
    public void Fewer_clips_keep_parts_draws_and_recomputed_blocks()
    {
        Recipe recipe = DualEncoderRunTests.TinyRecipe(_folder.File("run"), "train.batch_size=64", "train.micro_batch_size=8", "train.checkpoint_activations=1", "train.devices=cpu");
        MemoryPlan plan = MemoryBudget.Choose(recipe, threads: 1, evaluates: false);
        Assert.Equal(64, MeasuredRecipe.ShareOf(recipe, plan, 1000));
        Assert.Equal(24, MeasuredRecipe.ShareOf(recipe, plan, 30));
        Assert.Equal(9, MeasuredRecipe.ShareOf(recipe, plan, 9.5));
        Assert.Equal(2, MeasuredRecipe.ShareOf(recipe, plan, 0.1));
        Recipe fewer = MeasuredRecipe.WithShare(recipe, plan, 24);
        Assert.Equal((24, 3, 1), (fewer.Train.BatchSize, fewer.Train.PartCount, fewer.Train.RecomputedBlocks));
        MemoryPlan smaller = MemoryBudget.Choose(fewer, threads: 1, evaluates: false);

        // Operations of a clip: the same in parts of the same size, the rows of pairs aside.
        Assert.Equal(1, (double)plan.StepFlops / plan.BatchSize / ((double)smaller.StepFlops / smaller.BatchSize), 0.05);
    }

    private TrainingMeasurement Measure(Func<IClipSource> open, params string[] overrides) => TrainingMeasurer.Of(
        Recipe(overrides), new TrainingOptions { Data = Data(open), ComputeThreads = 1 }, 5, _ => { }, TestContext.Current.CancellationToken);

    /// <summary>Steps of four clips that take as long as is said.</summary>
    private (Recipe Recipe, DeviceChoice Devices, MemoryPlan Plan) Paced(Func<StepContext, int> milliseconds)
    {
        TrainingTasks.Add<PacedTask>();
        PacedTask.Pace = milliseconds;
        Recipe recipe = Recipe("train.devices=cpu") with { Task = "paced" };
        return (recipe, DeviceChoice.Of(recipe), MemoryBudget.Choose(recipe, threads: 1, evaluates: false));
    }

    private Recipe Recipe(params string[] overrides) => BrightnessRun.Recipe(_folder.File("run"), overrides);

    private static TrainingData Data(Func<IClipSource> open) => BrightnessRun.Data() with { OpenSource = open };
}
