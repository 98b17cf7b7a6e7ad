using System.Text.RegularExpressions;

namespace Avion.CudaSimulator.Tests;

/// <summary>What the documents say of kernels: every one is named, and has been executed.</summary>
public sealed partial class KernelCoverageTests
{
    // Run by whole training steps (Avion.CudaTraining.Tests): which patches are kept.
    private static readonly string[] s_ofSteps = ["patch_dropout_f32"];

    [Fact]
    public void Every_kernel_is_run_by_a_test()
    {
        int operations = CudaKernelTests.Operations().Count();
        Assert.SkipUnless(CudaKernelTests.RunCount == operations, $"{CudaKernelTests.RunCount} of {operations} operations were run before");
        string[] idle =
        [
            .. CudaModule.Sources.SelectMany(source => CudaModule.KernelNamesIn(CudaModule.TextOf(source)))
                .Except(SimulatedGpu.KernelsRun).Except(s_ofSteps),
        ];
        Assert.True(idle.Length == 0, $"No test runs {string.Join(", ", idle)}.");
    }

    [Fact]
    public void The_table_of_the_documents_names_every_source_of_kernels_once()
    {
        string table = File.ReadAllText(Repository.Path("docs", "gpu.md")).Split("## Status")[1];
        string[] named =
        [
            .. table.Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal))
                .SelectMany(line => Source().Matches(line.Split('|')[2]).Select(match => match.Groups[1].Value)),
        ];
        Assert.Equal(CudaModule.Sources, named.Order(StringComparer.Ordinal));
    }

    [GeneratedRegex(@"`(\w+)\.cu`")]
    private static partial Regex Source();
}
