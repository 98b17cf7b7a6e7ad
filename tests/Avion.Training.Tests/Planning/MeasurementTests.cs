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
        Assert.All(found.NotMeasured, sentence => Assert.StartsWith("What train.precision=bf16 would give", sentence));
        const double most = 1000.0 / ClipMilliseconds;

        // A sleep lasts as long as it was asked to or longer; on a busy machine up to some milliseconds.
        Assert.InRange(found.OneThread!.ClipsPerSecond, 0.4 * most, most);
        Assert.InRange(found.FirstTime!.ClipsPerSecond, 0.4 * 2 * most, 2 * most);
        Assert.InRange(found.TogetherClipsPerSecond, 0.4 * 2 * most, 1.15 * 2 * most);
        Assert.True(found.StepClipsPerSecond > found.TogetherClipsPerSecond);
        Assert.Equal(expected, found.Verdict!.Word);
        Assert.Equal(SlowSource.ClipBytes, found.FirstTime.BytesPerClip, 0.25 * SlowSource.ClipBytes);
        Assert.Equal(expected == "disk" ? 1 : 0, found.FirstTime.FileShare, 0.1);

        // 7 steps of 4 clips in each of 4 epochs.
        Assert.Equal(BrightnessRun.TotalSteps * 4, found.Clips);
        Assert.Equal(BrightnessRun.TotalSteps * 4 / found.TogetherClipsPerSecond, found.RunSeconds, 1e-9);
        Assert.InRange(found.RunSeconds, found.RunSecondsRange.Low, found.RunSecondsRange.High);
        Assert.Equal(found.Steps!.PlannedStepBytes, found.Steps.UsedStepBytes);
        Assert.False(Directory.Exists(_folder.File("run")));
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
        Assert.ThrowsAny<OperationCanceledException>(() => TrainingMeasurer.Of(Recipe(), new TrainingOptions { Data = Data(() => new SlowSource(1)) }, 30,
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

    private Recipe Recipe(params string[] overrides) => BrightnessRun.Recipe(_folder.File("run"), overrides);

    private static TrainingData Data(Func<IClipSource> open) => BrightnessRun.Data() with { OpenSource = open };
}
