namespace Avion.CudaTraining.Tests;

/// <summary>Runs on a GPU that stop, go on, come in parts, and keep averages.</summary>
public sealed class ResumeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("contrastive")]
    [InlineData("classification", "train.average_decay=0.9", "evaluate.weights=average")]
    [InlineData("masked-video", "optimizer.kind=lion")]
    public void A_stopped_run_goes_on_to_the_last_bit(string kind, params string[] overrides)
    {
        using SimulatedTraining gpu = new();
        TrainingOptions options = new() { Data = TinyTraining.Data(kind, _folder, validation: 4), ComputeThreads = 1 };
        TrainingOutcome undisturbed = TrainingRun.Start(TinyTraining.Recipe(kind, _folder.File("undisturbed"), overrides), options);
        using CancellationTokenSource stop = new();
        RecordingObserver observer = new(step =>
        {
            if (step == 2)
            {
                stop.Cancel();
            }
        });
        string run = _folder.File("run");
        Assert.False(TrainingRun.Start(TinyTraining.Recipe(kind, run, overrides), options with { Observer = observer }, stop.Token).IsComplete);
        Assert.Contains(observer.Messages, text => text.StartsWith("Devices: cuda:0 (auto: there is a GPU), bf16", StringComparison.Ordinal));
        TrainingOutcome resumed = TrainingRun.Resume(run, options: options);
        Assert.True(resumed.IsComplete);
        Assert.Equal(TinyTraining.Losses(_folder.File("undisturbed")), TinyTraining.Losses(run));
        Assert.Equal(undisturbed.Evaluation!.Values, resumed.Evaluation!.Values);

        // What a checkpoint holds is read back to the same numbers.
        Assert.Equal(undisturbed.Evaluation.Values, Evaluation.Run(run, options: options).Values);
        Assert.True(gpu.IsLeftClean);
    }

    [Theory]
    [InlineData("sigmoid")]
    [InlineData("contrastive")]
    [InlineData("masked-video")]
    public void Parts_of_a_batch_have_the_losses_of_the_whole(string kind)
    {
        using SimulatedTraining gpu = new();
        double[] Losses(string name, string parts)
        {
            Recipe recipe = TinyTraining.Recipe(kind, _folder.File(name), "train.precision=float32", $"train.micro_batch_size={parts}");
            TrainingRun.Start(recipe, new TrainingOptions { Data = TinyTraining.Data(kind, _folder) });
            return TinyTraining.Losses(_folder.File(name));
        }

        double[] whole = Losses("whole", "0"), parts = Losses("parts", "2");
        Assert.All(whole.Zip(parts), pair => Assert.Equal(pair.First, pair.Second, 1e-5 * Math.Max(1, Math.Abs(pair.First))));
    }

    [Fact]
    public void What_is_frozen_keeps_its_values_and_the_rest_does_not()
    {
        using SimulatedTraining gpu = new();
        Recipe recipe = TinyTraining.Recipe("contrastive", _folder.File("run"), "model.freeze=[visual.*]", "checkpoint.every_steps=1",
            "checkpoint.keep=9");
        TrainingRun.Start(recipe, new TrainingOptions { Data = TinyTraining.Data("contrastive", _folder) });
        using SafetensorsFile first = new(_folder.File("run", "checkpoints", "step-000001", Checkpoint.FileName)),
            last = new(_folder.File("run", "checkpoints", "step-000005", Checkpoint.FileName));
        foreach (TensorEntry entry in first.Entries)
        {
            Assert.True(last.TryFind(entry.Name, out TensorEntry other));
            byte[] before = new byte[entry.ByteCount], after = new byte[entry.ByteCount];
            first.ReadBytes(entry, 0, before);
            last.ReadBytes(other, 0, after);
            Assert.Equal(entry.Name.StartsWith("visual.", StringComparison.Ordinal), before.AsSpan().SequenceEqual(after));
        }
    }

    [Fact]
    public void Weights_that_a_GPU_trained_are_evaluated_on_the_processor()
    {
        TrainingOptions options = new() { Data = TinyTraining.Data("classification", _folder, validation: 8) };
        EvaluationResult there;
        using (SimulatedTraining gpu = new())
        {
            there = TrainingRun.Start(TinyTraining.Recipe("classification", _folder.File("run")), options).Evaluation!;
        }

        using IDisposable none = CudaLibraries.Replace(null, "There is no CUDA driver on this machine.");
        RecordingObserver observer = new();
        EvaluationResult here = Evaluation.Run(_folder.File("run"), options: options with { Observer = observer });
        Assert.Equal(there["top5"], here["top5"], 0.13);
        Assert.Contains("precision: was bf16, now float32", Assert.Single(observer.Messages, text => text.Contains("other arithmetic")));
        RunException error = Assert.Throws<RunException>(() =>
            TrainingRun.Resume(_folder.File("run"), overrides: ["train.devices=cpu", "train.epochs=2"], options: options));
        Assert.Contains("--allow-other-arithmetic", error.Message);
        Assert.Throws<DeviceMissingException>(() => TrainingRun.Resume(_folder.File("run"), overrides: ["train.epochs=2"], options: options));
    }
}
