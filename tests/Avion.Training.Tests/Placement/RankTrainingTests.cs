using System.Diagnostics;

namespace Avion.Training.Tests;

/// <summary>Whole runs on several ranks: what they compute is what one rank computes, and what goes wrong on one ends all.</summary>
public sealed class RankTrainingTests : IDisposable
{
    /// <summary>Float32 sums over the batch are cut elsewhere for another number of ranks; docs/numerics.md states what follows.</summary>
    private const double LossBound = 2e-6;

    /// <summary>The sigmoid loss adds up as many terms of one sign as there are pairs.</summary>
    private const double SigmoidLossBound = 1e-5;

    private static readonly string[] s_drops = ["model.vision.patch_dropout=0.5", "model.vision.drop_path=0.2"];

    private readonly TemporaryFolder _folder = new();
    private readonly TrainingOptions _options = new() { Data = SyntheticClips.Data(train: 50, validation: 10), ComputeThreads = 4 };

    static RankTrainingTests() => TrainingTasks.Add<FailingRankTask>();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Ranks_have_the_losses_and_scores_of_one_rank_with_the_whole_batch(int ranks)
    {
        TrainingOutcome expected = Train("one", 1), outcome = Train("several", ranks);
        AssertSameLosses("one", "several");
        Assert.Equal(expected.Steps, outcome.Steps);
        Assert.Equal(expected.Evaluation!["map_average"], outcome.Evaluation!["map_average"], 0.02);

        // Rank 0 alone logs, evaluates and saves: each line and each checkpoint is there once.
        RunLogKind[] kinds = Kinds("several");
        Assert.Equal(Kinds("one"), kinds);
        Assert.Equal(12, kinds.Count(kind => kind == RunLogKind.Step));
        Assert.Equal(Entries("one").Select(entry => entry.Values.GetValueOrDefault("batch_accuracy")),
            Entries("several").Select(entry => entry.Values.GetValueOrDefault("batch_accuracy")), (a, b) => Math.Abs(a - b) < 1e-6);
    }

    [Theory]
    [InlineData(1, "train.micro_batch_size=2")]
    [InlineData(2, "train.micro_batch_size=4")]
    [InlineData(4, "train.micro_batch_size=4", "train.checkpoint_activations=true")]
    [InlineData(2, "loss.local=false")]
    [InlineData(2, "loss.local=false", "train.micro_batch_size=2")]
    public void Parts_of_a_batch_and_full_losses_have_the_losses_of_the_whole_batch(int ranks, params string[] overrides)
    {
        Train("one", 1);
        Train("other", ranks, overrides);
        AssertSameLosses("one", "other");
    }

    [Theory]
    [InlineData(2, "loss.kind=sigmoid")]
    [InlineData(4, "loss.kind=sigmoid", "loss.local=false")]
    [InlineData(2, "loss.kind=sigmoid", "train.micro_batch_size=4")]
    public void The_sigmoid_loss_is_the_same_on_any_number_of_ranks(int ranks, params string[] overrides)
    {
        Train("one", 1, "loss.kind=sigmoid");
        Train("other", ranks, overrides);
        AssertSameLosses("one", "other", SigmoidLossBound);
        RunLogEntry first = Entries("one").First(entry => entry.Kind == RunLogKind.Step);
        Assert.Equal((10, -10), (first.Values["logit_scale"], first.Values["logit_bias"]), Near);

        static bool Near((double, double) a, (double, double) b) => Math.Abs(a.Item1 - b.Item1) < 1e-5 && Math.Abs(a.Item2 - b.Item2) < 1e-5;
    }

    [Fact]
    public void Ranks_draw_what_one_rank_draws()
    {
        // Where draws were keyed by a rank's own numbering, losses would differ as they do for another seed, by percents.
        Train("one", 1);
        Train("other drops", 1, "train.seed=4");
        Assert.True(LargestDifference("one", "other drops") > 1e-2);
        Train("two", 2);
        Assert.True(LargestDifference("one", "two") < LossBound);
    }

    [Fact]
    public void A_run_on_several_ranks_is_the_same_to_the_last_bit_for_any_threads()
    {
        Train("first", 2);
        TrainingRun.Start(Recipe("second", 2, "data.decode_threads=5", "data.prefetch_batches=5"), _options with { ComputeThreads = 1 });
        Assert.Equal(BrightnessRun.Losses(_folder.File("first")), BrightnessRun.Losses(_folder.File("second")));
    }

    [Theory]
    [InlineData(2, 2)]
    [InlineData(2, 1)]
    [InlineData(1, 4)]
    [InlineData(4, 2)]
    public void A_stopped_run_goes_on_with_another_number_of_ranks(int before, int after)
    {
        Train("undisturbed", before);
        using CancellationTokenSource stop = new();
        RecordingObserver observer = new(step =>
        {
            if (step == 4)
            {
                stop.Cancel();
            }
        });
        TrainingOutcome stopped = TrainingRun.Start(Recipe("run", before), _options with { Observer = observer }, stop.Token);
        Assert.False(stopped.IsComplete);
        Assert.InRange(stopped.Steps, 4, 6);
        TrainingOutcome resumed = TrainingRun.Resume(_folder.File("run"), overrides: [$"train.devices=cpu:{after}"], options: _options);
        Assert.True(resumed.IsComplete);
        AssertSameLosses("undisturbed", "run");
        if (before == after)
        {
            Assert.Equal(BrightnessRun.Losses(_folder.File("undisturbed")), BrightnessRun.Losses(_folder.File("run")));
        }
    }

    [Fact]
    public void Bad_clips_are_counted_and_told_once_for_all_ranks()
    {
        TrainingData bad = _options.Data! with { OpenSource = () => new EveryTenth() };
        string[] Warnings(string name, int ranks)
        {
            RecordingObserver observer = new();
            TrainingOutcome outcome = TrainingRun.Start(Recipe(name, ranks, "data.maximum_bad_fraction=0.5"),
                _options with { Data = bad, Observer = observer });
            Assert.True(outcome.BadClips > 0);
            return [.. observer.Warnings, $"{outcome.BadClips}"];
        }

        string[] expected = Warnings("one", 1);
        Assert.NotEmpty(expected);
        Assert.Equal(expected, Warnings("two", 2));
        Assert.Equal(expected, Warnings("four", 4));
    }

    [Fact]
    public void An_error_on_one_rank_ends_the_run_promptly_with_that_error()
    {
        long started = Stopwatch.GetTimestamp();
        RunException error = Assert.Throws<RunException>(() => BrightnessRun.Start(Failing("throws")));
        Assert.Equal("the second device fell off the bus", error.Message);
        Assert.InRange(Stopwatch.GetElapsedTime(started).TotalSeconds, 0, 20);
        RunLogEntry last = RunLogReader.Read(_folder.File("throws", "log.jsonl")).Entries[^1];
        Assert.Equal((RunLogKind.Ended, "failed"), (last.Kind, last.Labels["reason"]));
        Assert.Contains("rank 1 failed: the second device fell off the bus", last.Labels["message"]);
    }

    [Fact]
    public void A_loss_that_is_not_finite_on_one_rank_changes_the_parameters_of_none()
    {
        RecordingObserver observer = new();
        TrainingOutcome outcome = BrightnessRun.Start(Failing("not finite"), observer);
        Assert.Equal((true, 1L), (outcome.IsComplete, outcome.SkippedSteps));
        Assert.Contains($"Step {FailingRankTask.Step} (step 5 of epoch 0) changed nothing: its loss is NaN", Assert.Single(observer.Warnings));

        Recipe strict = RecipeReader.Override(
            Failing("not finite"), ["train.maximum_skipped_steps=0", "output.folder=" + _folder.File("strict")]);
        RunException error = Assert.Throws<RunException>(() => BrightnessRun.Start(strict));
        Assert.Contains("its loss is NaN", error.Message);
        Assert.Equal(5, CheckpointStore.Load(CheckpointStore.Find(_folder.File("strict"))).State.Step);
    }

    [Fact]
    public void Ranks_that_start_from_different_weights_are_refused()
    {
        RunException error = Assert.Throws<RunException>(() => BrightnessRun.Start(Failing("other weights")));
        Assert.Contains("Rank 1 starts from other weights", error.Message);
    }

    [Fact]
    public void A_batch_that_the_ranks_cannot_share_is_refused_before_there_is_a_folder()
    {
        RecipeException error = Assert.Throws<RecipeException>(() => Train("run", 3));
        Assert.Contains("train.batch_size is 8, all ranks together, which the 3 ranks of train.devices=cpu:3 cannot share; "
            + "set train.batch_size=9 or 6.", error.Message);
        Assert.False(Directory.Exists(_folder.File("run")));
    }

    [Fact]
    public void A_plan_counts_all_ranks_of_the_machine()
    {
        MemoryPlan one = MemoryBudget.Choose(Recipe("run", 1), threads: 2), two = MemoryBudget.Choose(Recipe("run", 2), threads: 2);
        Assert.Equal((2, 2 * one.ParameterBytes, 2 * one.GradientBytes, 2 * one.OptimizerBytes, one.BatchBytes),
            (two.RankCount, two.ParameterBytes, two.GradientBytes, two.OptimizerBytes, two.BatchBytes));
        Assert.InRange(two.StepBytesOfRank, one.StepBytes / 2, one.StepBytes);
        Assert.Equal(2 * two.StepBytesOfRank, two.StepBytes);
        Assert.StartsWith("for 2 ranks weights", two.BytesText);
        RecipeException error = Assert.Throws<RecipeException>(
            () => MemoryBudget.Choose(Recipe("run", 2, "train.memory_budget=600KiB"), threads: 2));
        Assert.Matches(@"train\.batch_size=[246] fits|No batch size fits", error.Message);
    }

    private TrainingOutcome Train(string name, int ranks, params string[] overrides) =>
        TrainingRun.Start(Recipe(name, ranks, overrides), _options);

    private Recipe Recipe(string name, int ranks, params string[] overrides) => DualEncoderRunTests.TinyRecipe(
        _folder.File(name), [.. s_drops, $"train.devices=cpu:{ranks}", .. overrides]);

    private Recipe Failing(string name) => RecipeReader.Override(
        TrainingTasks.Find("failing_rank")!.NewRecipe() with { Name = name },
        [
            "output.folder=" + _folder.File(name), "output.log_every_steps=1", "checkpoint.every_steps=5",
            "checkpoint.every_seconds=0", "train.batch_size=4", "train.epochs=4", "evaluate.every_epochs=0", "train.devices=cpu:2",
        ]);

    private IEnumerable<RunLogEntry> Entries(string name) => RunLogReader.Read(_folder.File(name, "log.jsonl")).Entries;

    private RunLogKind[] Kinds(string name) => [.. Entries(name).Select(entry => entry.Kind)];

    private void AssertSameLosses(string expected, string actual, double bound = LossBound)
    {
        double difference = LargestDifference(expected, actual);
        Assert.True(difference <= bound, $"The losses differ by {difference:G3}, expected at most {bound}.");
    }

    private double LargestDifference(string expected, string actual)
    {
        (long Step, long LossBits)[] first = BrightnessRun.Losses(_folder.File(expected));
        (long Step, long LossBits)[] second = BrightnessRun.Losses(_folder.File(actual));
        Assert.Equal(first.Select(line => line.Step), second.Select(line => line.Step));
        return first.Zip(second, (a, b) => (A: BitConverter.Int64BitsToDouble(a.LossBits), B: BitConverter.Int64BitsToDouble(b.LossBits)))
            .Max(pair => Math.Abs(pair.A - pair.B) / Math.Abs(pair.A));
    }

    /// <summary>Fails on every frame number that ends in a zero, so for the same clips on any thread.</summary>
    private sealed class EveryTenth : IClipSource
    {
        private readonly SyntheticClips.Source _source = new();

        public VideoShape GetShape(in VideoSource video) => _source.GetShape(video);

        public void Read(in VideoSource video, ReadOnlySpan<int> frames, in FrameTransform transform, Span<byte> destination,
            CancellationToken cancellation)
        {
            if (frames[0] % 10 == 0)
            {
                throw new DataException("the file is damaged");
            }

            _source.Read(video, frames, transform, destination, cancellation);
        }

        public void Dispose() => _source.Dispose();
    }
}
