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
}
