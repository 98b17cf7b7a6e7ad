namespace Avion.CudaTraining.Tests;

/// <summary>What a training does on this machine is measured on its GPUs by the code that measures it on processors.</summary>
public sealed class GpuMeasurementTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("cuda", 1)]
    [InlineData("cuda:0,1", 2)]
    public void Reading_and_steps_are_measured_and_nothing_of_them_stays(string devices, int count)
    {
        using SimulatedTraining gpu = new(count);
        Recipe recipe = TinyTraining.Recipe("classification", _folder.File("run"), $"train.devices={devices}", "train.precision=float32");
        TrainingMeasurement found = TrainingMeasurer.Of(recipe, new TrainingOptions { Data = TinyTraining.Data("classification", _folder), ComputeThreads = 1 },
            4, _ => { }, TestContext.Current.CancellationToken);
        Assert.All(found.NotMeasured, sentence => Assert.Matches("^What .* would give: ", sentence));
        Assert.Equal((4, false), (found.Steps!.BatchSize, found.Place.ComputesOnProcessor));
        Assert.True(found.Steps.Alone.Count > 0 && found.Steps.Together.Count > 0 && found.TogetherClipsPerSecond > 0 && found.ReadingClipsPerSecond > 0);
        Assert.Equal(found.Steps.PlannedStepBytes, found.Steps.UsedStepBytes);
        Assert.InRange(found.Steps.DeviceBytes!.Value, found.Memory!.ParameterBytes + found.Memory.GradientBytes, 4 * found.Memory.TotalBytes);
        Assert.Equal("device", found.Verdict!.Word);
        Assert.True(gpu.Simulated.Calls.ContainsKey("cuLaunchKernel"));
        Assert.True(gpu.IsLeftClean, $"{gpu.Simulated.OpenHandles} handles are left");
        Assert.False(Directory.Exists(_folder.File("run")));
    }

    [Fact]
    public void Other_settings_are_tried_on_a_GPU()
    {
        using SimulatedTraining gpu = new();
        Recipe recipe = TinyTraining.Recipe("classification", _folder.File("run"), "train.devices=cuda:0", "train.precision=float32");
        TrainingOptions options = new() { ComputeThreads = 1 };
        MeasurementGaps gaps = new();
        StepTrials trials = new(recipe, MemoryBudget.Choose(recipe, evaluates: false), DeviceChoice.Of(recipe), options, gaps);

        // However long a step takes, three of each setting are taken.
        IReadOnlyList<StepTrial> found = trials.Run(1e-3, 1e9, 60, TestContext.Current.CancellationToken);
        Assert.All(gaps.Sentences, sentence => Assert.EndsWith("because other programs take the machine. Measure when it is quiet.", sentence));
        string tried = string.Join('\n', found.Select(trial => trial.Change).Concat(gaps.Sentences));
        Assert.All(new[] { "train.precision=bf16", "model.vision.patch_dropout=0.5", "train.batch_size=2", "train.batch_size=8" }, change => Assert.Contains(change, tried));
        Assert.True(gpu.IsLeftClean);
    }
}
