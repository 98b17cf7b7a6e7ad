namespace Avion.CudaTraining.Tests;

/// <summary>Whole runs of the processor in bfloat16: what holds of a GPU's holds of these.</summary>
public sealed class ProcessorPrecisionTests : IDisposable
{
    private static readonly string[] s_precision = ["train.devices=cpu", "train.precision=bf16"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("contrastive")]
    [InlineData("retrieval")]
    [InlineData("classification", "train.average_decay=0.9", "evaluate.weights=average")]
    [InlineData("masked-video", "optimizer.kind=lion")]
    public void A_stopped_run_goes_on_to_the_last_bit_with_other_threads(string kind, params string[] overrides)
    {
        TrainingOptions options = new() { Data = TinyTraining.Data(kind, _folder, validation: 4), ComputeThreads = 1 };
        string undisturbed = _folder.File("undisturbed"), run = _folder.File("run");
        EvaluationResult? expected = TrainingRun.Start(TinyTraining.Recipe(kind, undisturbed, [.. s_precision, .. overrides]), options).Evaluation;
        using CancellationTokenSource stop = new();
        RecordingObserver observer = new(step =>
        {
            if (step == 2)
            {
                stop.Cancel();
            }
        });
        Recipe recipe = TinyTraining.Recipe(kind, run, [.. s_precision, .. overrides]);
        Assert.False(TrainingRun.Start(recipe, options with { Observer = observer }, stop.Token).IsComplete);
        Assert.Contains(observer.Messages, text => text.StartsWith("Devices: cpu, bf16", StringComparison.Ordinal));
        TrainingOutcome resumed = TrainingRun.Resume(run, options: options with { ComputeThreads = 2 });
        Assert.True(resumed.IsComplete);
        Assert.Equal(TinyTraining.Losses(undisturbed), TinyTraining.Losses(run));
        if (expected is not null)
        {
            Assert.Equal(expected.Values, resumed.Evaluation!.Values);
            Assert.Equal(expected.Values, Evaluation.Run(run, options: options).Values);
            RecordingObserver other = new();
            Evaluation.Run(run, ["train.precision=float32"], options with { Observer = other });
            Assert.Contains("precision: was bf16, now float32", Assert.Single(other.Messages, text => text.Contains("other arithmetic")));
        }
    }

    [Theory]
    [InlineData("masked-video")]
    [InlineData("classification")]
    public void Curves_of_sixty_steps_follow_those_of_float32(string kind)
    {
        double[] Curve(string precision)
        {
            Recipe recipe = TinyTraining.Recipe(kind, _folder.File(precision), "train.devices=cpu", $"train.precision={precision}", "train.epochs=12");
            TrainingRun.Start(recipe, new TrainingOptions { Data = TinyTraining.Data(kind, _folder), ComputeThreads = 2 });
            return TinyTraining.Losses(_folder.File(precision));
        }

        double[] expected = Curve("float32"), actual = Curve("bf16");
        Assert.Equal(60, actual.Length);
        Assert.True(actual[^10..].Average() < 0.98 * actual[..10].Average(), "What does not learn has no curve to follow.");
        TinyTraining.AssertNearInBFloat16(expected, actual);
    }

    [Theory]
    [InlineData("sigmoid")]
    [InlineData("masked-video")]
    public void Parts_and_ranks_have_the_losses_of_the_whole_within_rounding(string kind)
    {
        double[] Losses(string name, params string[] overrides)
        {
            Recipe recipe = TinyTraining.Recipe(kind, _folder.File(name), [.. s_precision, .. overrides]);
            TrainingRun.Start(recipe, new TrainingOptions { Data = TinyTraining.Data(kind, _folder), ComputeThreads = 2 });
            return TinyTraining.Losses(_folder.File(name));
        }

        double[] whole = Losses("whole"), parts = Losses("parts", "train.micro_batch_size=2"), ranks = Losses("ranks", "train.devices=cpu:2");
        TinyTraining.AssertNearInBFloat16(whole, parts);
        TinyTraining.AssertNearInBFloat16(whole, ranks);
    }
}
