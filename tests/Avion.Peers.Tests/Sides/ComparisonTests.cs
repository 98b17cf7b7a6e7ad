using System.Runtime.InteropServices;
using System.Text.Json;

namespace Avion.Peers.Tests;

/// <summary>The whole program beside libtorch, at sizes of seconds; skipped where libtorch was not fetched.</summary>
public sealed class ComparisonTests
{
    private static readonly string s_program = Path.Combine(AppContext.BaseDirectory, "Avion.Peers");

    [Fact]
    public async Task The_sides_compute_the_same()
    {
        ExpectLibTorch();
        using TemporaryFolder folder = new();
        string record = folder.File("measured.jsonl");
        string[] names = [.. WorkloadList.All.Select(workload => workload.Name).Where(name => name.StartsWith("small", StringComparison.Ordinal))];
        ProcessResult result = await ChildProcess.RunAsync(s_program,
            ["compare", .. names, "--threads", "2", "--rounds", "1", "--sides", "peer,avion", "--record", record], timeoutSeconds: 300);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal(names, MeasuredResults.Read(record).Select(one => one.Workload));
        Assert.Contains("peer, best / Avion, 2 threads", result.Output);
    }

    [Theory]
    [InlineData("small", 1.001f)]
    [InlineData("small-bf16", 4f)]
    public async Task A_gradient_that_is_off_is_found(string name, float factor)
    {
        ExpectLibTorch();
        using TemporaryFolder folder = new();
        AvionWork.Write(WorkloadList.Find(name), threads: 2, folder.FullName);
        Assert.True((await Check(name, folder)).IsWithinBounds);
        Scale(ExchangeFiles.Results(folder.FullName), "gradient of visual.transformer.resblocks.1.mlp.fc2.weight", factor);
        Agreement agreement = await Check(name, folder);
        Assert.False(agreement.IsWithinBounds);
        Assert.Equal("gradient of visual.transformer.resblocks.1.mlp.fc2.weight", agreement.Sides.MaxBy(side => side.Gradient.Error)!.Gradient.Name);
    }

    [Theory]
    [InlineData("There is no workload 'vitt'", "compare", "vitt")]
    [InlineData("There is no option --sidez", "compare", "small", "--sidez", "peer")]
    [InlineData("no side of the peer was named", "compare", "small", "--sides", "avion")]
    [InlineData("Name at least one workload", "compare")]
    public async Task What_is_wrong_is_said(string message, params string[] arguments)
    {
        ProcessResult result = await ChildProcess.RunAsync(s_program, arguments);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains(message, result.Error);
    }

    private static void ExpectLibTorch() => Assert.SkipUnless(
        OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64 && LibTorch.IsFetched,
        "libtorch (140 MB) was not fetched, which happens when the peer first runs, or by: dotnet restore benchmarks/LibTorch");

    private static async Task<Agreement> Check(string name, TemporaryFolder folder)
    {
        Dictionary<string, string?> environment = [];
        Side.Find("peer").SetEnvironment(environment, threads: 2);
        ProcessResult result = await ChildProcess.RunAsync(s_program, ["check", "peer", name, "2", folder.FullName], environment: environment, timeoutSeconds: 300);
        Assert.True(result.ExitCode == 0, result.Error);
        return JsonSerializer.Deserialize<Agreement>(result.Output)!;
    }

    /// <summary>Multiplies a tensor of a file in its place.</summary>
    private static void Scale(string path, string name, float factor)
    {
        byte[] bytes;
        using (TensorFileReader reader = new(path))
        {
            bytes = MemoryMarshal.AsBytes(reader.Read<float>(name).AsSpan()).ToArray();
        }

        byte[] file = File.ReadAllBytes(path);
        Span<float> values = MemoryMarshal.Cast<byte, float>(file.AsSpan(file.AsSpan().IndexOf(bytes), bytes.Length));
        foreach (ref float value in values)
        {
            value *= factor;
        }

        File.WriteAllBytes(path, file);
    }
}
