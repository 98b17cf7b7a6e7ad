namespace Avion.Compute.Tests;

/// <summary>Every operation of the processor that computes on activations has a kernel for bfloat16, and a case that runs it.</summary>
public sealed class KernelTypeTests
{
    // What computes on parameters, statistics and losses alone, which are float32 in any precision.
    private static readonly string[] s_float32Alone = ["Clamp", "FlatUpdate", "GlobalNorm", "MovingAverage", "PairRelevancy"];

    // Run by the cases of others: of Linear, of losses over pairs, of parameters' working weights.
    private static readonly string[] s_withinOthers = ["Cast", "ColumnSum", "MatrixMultiply", "PairScores"];

    [Fact]
    public void Operations_on_activations_have_kernels_for_bfloat16()
    {
        string[] lacking =
        [
            .. Folders().Where(folder => !Sources(folder).Any(text => text.Contains("BFloat16", StringComparison.Ordinal)
                || text.Contains("PairTiles", StringComparison.Ordinal))).Select(folder => Path.GetFileName(folder)!),
        ];
        Assert.Equal(s_float32Alone, lacking.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Operations_on_activations_have_cases_of_activations()
    {
        HashSet<string> cases = [.. OpCaseList.All.Where(opCase => opCase.IsOfActivations).Select(opCase => opCase.Name.Split('/')[0])];
        string[] named = [.. Folders().Select(folder => Path.GetFileName(folder)!).Where(name => !s_float32Alone.Contains(name))];
        string[] without = [.. named.Where(name => !cases.Any(found => found.StartsWith(name, StringComparison.OrdinalIgnoreCase)))];
        Assert.Equal(s_withinOthers, without.Order(StringComparer.Ordinal));
        Assert.All(OpCaseList.All.Where(opCase => opCase.IsOfActivations), opCase => Assert.Contains(ElementType.BFloat16, opCase.Types));
    }

    private static IEnumerable<string> Folders() => Directory.GetDirectories(Repository.Path("src", "Avion.Compute", "Kernels"))
        .Where(folder => Sources(folder).Any(text => text.Contains("case CpuDevice", StringComparison.Ordinal)
            || text.Contains("CpuDevice cpu", StringComparison.Ordinal)));

    private static IEnumerable<string> Sources(string folder) =>
        Directory.GetFiles(folder, "*.cs").Where(file => !file.EndsWith(".Cuda.cs", StringComparison.Ordinal)).Select(File.ReadAllText);
}
