using System.Security.Cryptography;

namespace Avion.CudaSimulator.Tests;

/// <summary>The PTX that is committed is what its sources give.</summary>
public sealed class KernelSourceTests
{
    private static readonly string[] s_folders = [Repository.Path("src", "Avion.Compute"), Repository.Path("tests", "Avion.CudaSimulator.Tests")];

    [Fact]
    public void Each_source_has_PTX_beside_it_that_names_its_hash()
    {
        byte[] headers = [.. Files("*.cuh").SelectMany(File.ReadAllBytes)];
        string[] sources = [.. Files("*.cu")];
        Assert.NotEmpty(sources);
        foreach (string source in sources)
        {
            string hash = Convert.ToHexStringLower(SHA256.HashData([.. File.ReadAllBytes(source), .. headers]));
            string text = File.ReadAllText(Path.ChangeExtension(source, ".ptx"));
            Assert.True(text.Contains($"// Source: {hash}\n", StringComparison.Ordinal),
                $"{source} has changed since its PTX was made: run tools/cuda-kernels.sh.");
        }

        Assert.DoesNotContain(Files("*.ptx"), ptx => !File.Exists(Path.ChangeExtension(ptx, ".cu")));
    }

    [Fact]
    public async Task Compiled_again_the_sources_give_the_same_PTX()
    {
        ProcessResult result = await ChildProcess.RunAsync("bash", [Repository.Path("tools", "cuda-kernels.sh"), "--check"]);
        Assert.SkipWhen(result.ExitCode == 3, $"not compiled again: {result.Error.Trim()}");
        Assert.True(result.ExitCode == 0, result.Error);
    }

    private static IEnumerable<string> Files(string pattern) =>
        s_folders.SelectMany(folder => Directory.EnumerateFiles(folder, pattern, SearchOption.AllDirectories)).Order(StringComparer.Ordinal);
}
