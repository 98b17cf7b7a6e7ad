namespace Avion.CudaTraining.Tests;

/// <summary>Whole runs of every task on a GPU: from the loader to the checkpoint.</summary>
public sealed class TaskTrainingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Kinds => [.. TinyTraining.Kinds.Keys];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void In_float32_losses_are_those_of_the_processor(string kind)
    {
        (double[] expected, double[] actual) = (Losses(kind, "cpu", "float32"), Losses(kind, "cuda", "float32"));
        Assert.Equal(5, expected.Length);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 1e-5 * Math.Max(1, Math.Abs(pair.First))));
        Assert.True(expected.Distinct().Count() == 5);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void In_bfloat16_losses_follow_those_of_the_processor(string kind)
    {
        (double[] expected, double[] actual) = (Losses(kind, "cpu", "float32"), Losses(kind, "cuda", "bf16"));
        Assert.Equal(5, expected.Length);
        TinyTraining.AssertNearInBFloat16(expected, actual);
        Assert.DoesNotContain(expected.Zip(actual), pair => pair.First == pair.Second);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void In_bfloat16_the_processor_follows_the_GPU_and_its_own_float32(string kind)
    {
        double[] expected = Losses(kind, "cpu", "float32"), gpu = Losses(kind, "cuda", "bf16"), actual = Losses(kind, "cpu", "bf16");
        Assert.Equal(5, actual.Length);
        TinyTraining.AssertNearInBFloat16(expected, actual);

        // The types, casts and roundings are one: only sums of float32 in other orders, rounded to another neighbour, tell the two apart.
        Assert.All(gpu.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, Math.Max(1, Math.Abs(pair.First)) / (1 << 8)));
        Assert.DoesNotContain(expected.Zip(actual), pair => pair.First == pair.Second);
        Assert.Equal(actual, Losses(kind, "cpu", "bf16", threads: 2));
    }

    private double[] Losses(string kind, string devices, string precision, int threads = 1)
    {
        string run = _folder.File($"{devices} {precision} {threads}");
        Recipe recipe = TinyTraining.Recipe(kind, run, $"train.devices={devices}", $"train.precision={precision}");
        using SimulatedTraining gpu = new();
        TrainingRun.Start(recipe, new TrainingOptions { Data = TinyTraining.Data(kind, _folder), ComputeThreads = threads });
        Assert.Equal(devices == "cuda", gpu.Simulated.Calls.ContainsKey("cuLaunchKernel"));
        Assert.True(gpu.IsLeftClean, $"{gpu.Simulated.OpenHandles} handles and {gpu.Simulated.Devices[0].Memory.Count} blocks of memory are left");
        return TinyTraining.Losses(run);
    }
}
