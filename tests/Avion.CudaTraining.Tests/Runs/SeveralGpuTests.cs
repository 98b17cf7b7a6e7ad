namespace Avion.CudaTraining.Tests;

/// <summary>Runs on two GPUs of one machine.</summary>
public sealed class SeveralGpuTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("contrastive")]
    [InlineData("sigmoid", "train.micro_batch_size=2")]
    [InlineData("retrieval")]
    [InlineData("masked-video")]
    public void Two_have_the_losses_of_one_with_the_same_batch(string kind, params string[] overrides)
    {
        using SimulatedTraining gpu = new(count: 2);
        double[] Losses(string name, string devices)
        {
            Recipe recipe = TinyTraining.Recipe(
                kind, _folder.File(name), [.. overrides, "train.precision=float32", $"train.devices={devices}"]);
            TrainingRun.Start(recipe, new TrainingOptions { Data = TinyTraining.Data(kind, _folder) });
            return TinyTraining.Losses(_folder.File(name));
        }

        double[] one = Losses("one", "cuda:1"), two = Losses("two", "cuda:0,1");
        Assert.Equal(5, one.Distinct().Count());
        Assert.All(one.Zip(two), pair => Assert.Equal(pair.First, pair.Second, 1e-5 * Math.Max(1, Math.Abs(pair.First))));
        Assert.True(gpu.IsLeftClean);
    }

    [Fact]
    public void A_run_of_one_goes_on_with_two_and_in_bfloat16_two_repeat_themselves()
    {
        using SimulatedTraining gpu = new(count: 2);
        TrainingOptions options = new() { Data = TinyTraining.Data("contrastive", _folder) };
        foreach (string name in (string[])["first", "second"])
        {
            string run = _folder.File(name);
            TrainingRun.Start(TinyTraining.Recipe("contrastive", run, "train.devices=cuda", "train.maximum_steps=2"), options);
            TrainingOutcome outcome = TrainingRun.Resume(run, overrides: ["train.devices=cuda:0,1", "train.maximum_steps=0"], options: options);
            Assert.True(outcome.IsComplete);
        }

        Assert.Equal(TinyTraining.Losses(_folder.File("first")), TinyTraining.Losses(_folder.File("second")));
    }

    [Fact]
    public void Two_in_bfloat16_follow_one_and_the_log_tells_the_use_of_the_first_card()
    {
        using SimulatedTraining gpu = new(count: 2);
        TrainingOptions options = new() { Data = TinyTraining.Data("masked-video", _folder) };
        foreach ((string name, string devices) in ((string, string)[])[("one", "cuda:1"), ("two", "cuda:1,0")])
        {
            TrainingRun.Start(TinyTraining.Recipe("masked-video", _folder.File(name), $"train.devices={devices}"), options);
        }

        double[] one = TinyTraining.Losses(_folder.File("one")), two = TinyTraining.Losses(_folder.File("two"));
        TinyTraining.AssertNearInBFloat16(one, two);

        // The simulated sensors tell the number of the card, from 1, behind a 90.
        RunLogEntry[] steps = [.. RunLogReader.Read(Path.Combine(_folder.File("two"), "log.jsonl")).Effective().Where(entry => entry.Kind == RunLogKind.Step)];
        Assert.Equal(5, steps.Length);
        Assert.All(steps, entry => Assert.Equal((92, 1500), (entry.Values["gpu_utilization_percent"], entry.Values["gpu_clock_megahertz"])));
        Assert.All(steps, entry => Assert.InRange(entry.Values["gpu_memory_bytes"], 1e5, 1e9));
    }
}
