namespace Avion.Peers.Tests;

/// <summary>What Avion's side hands to the peer; needs no libtorch.</summary>
public sealed class AvionSideTests
{
    public static TheoryData<string> Small => [.. WorkloadList.All.Select(workload => workload.Name).Where(name => name.StartsWith("small", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Small))]
    public void Avion_runs_its_side_of_a_workload(string name)
    {
        using IAvionWork work = AvionWork.Open(WorkloadList.Find(name), threads: 2);
        work.Run();
        work.Run();
        Assert.StartsWith("Avion, ", work.Description);
    }

    [Theory]
    [InlineData("small")]
    [InlineData("small-bf16")]
    [InlineData("small-videomae")]
    public void Each_parameter_has_a_gradient_of_its_shape(string name)
    {
        using TemporaryFolder folder = new();
        AvionWork.Write(WorkloadList.Find(name), threads: 2, folder.FullName);
        using TensorFileReader inputs = new(ExchangeFiles.Inputs(folder.FullName)), results = new(ExchangeFiles.Results(folder.FullName));
        string[] gradients = [.. results.Names.Where(result => result.StartsWith("gradient of ", StringComparison.Ordinal))];
        Assert.NotEmpty(gradients);
        Assert.All(gradients, gradient => Assert.Equal(inputs.ShapeOf(gradient["gradient of ".Length..]), results.ShapeOf(gradient)));
        Assert.All(results.Names, result => Assert.All(results.Read<float>(result), value => Assert.True(float.IsFinite(value))));
        Assert.True(results.Read<float>("loss").Single() > 0);
    }

    [Fact]
    public void Both_types_begin_with_the_same_weights_and_clips()
    {
        using TemporaryFolder exact = new(), rounded = new();
        AvionWork.Write(WorkloadList.Find("small"), threads: 1, exact.FullName);
        AvionWork.Write(WorkloadList.Find("small-bf16"), threads: 1, rounded.FullName);
        Assert.Equal(File.ReadAllBytes(ExchangeFiles.Inputs(exact.FullName)), File.ReadAllBytes(ExchangeFiles.Inputs(rounded.FullName)));
        Assert.NotEqual(File.ReadAllBytes(ExchangeFiles.Results(exact.FullName)), File.ReadAllBytes(ExchangeFiles.Results(rounded.FullName)));
    }

    [Fact]
    public void Eliminations_change_no_gradient_beyond_rounding()
    {
        DualEncoderWorkload needed = (DualEncoderWorkload)WorkloadList.Find("small-needed");
        using TemporaryFolder less = new(), all = new();
        AvionWork.Write(needed, threads: 2, less.FullName);
        AvionWork.Write(needed with { SkipsUnreadRows = false }, threads: 2, all.FullName);
        using TensorFileReader a = new(ExchangeFiles.Results(less.FullName)), b = new(ExchangeFiles.Results(all.FullName));
        double largest = b.Names.Where(IsGradient).Max(name => Norm(b.Read<float>(name)));
        foreach (string name in b.Names.Where(IsGradient))
        {
            float[] x = a.Read<float>(name), y = b.Read<float>(name);
            double error = Norm([.. x.Zip(y, (p, q) => p - q)]);
            Assert.True(error <= 1e-4 * Math.Max(Norm(y), 1e-4 * largest), $"{name}: {error:e2} of {Norm(y):e2}");
        }
    }

    private static bool IsGradient(string name) => name.StartsWith("gradient", StringComparison.Ordinal);

    private static double Norm(float[] values) => Math.Sqrt(values.Sum(value => (double)value * value));
}
