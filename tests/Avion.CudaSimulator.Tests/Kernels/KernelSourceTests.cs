using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace Avion.CudaSimulator.Tests;

/// <summary>The PTX that is committed is what its sources give.</summary>
public sealed partial class KernelSourceTests
{
    private static readonly string[] s_folders = [Repository.Path("src", "Avion.Compute"), Repository.Path("tests", "Avion.CudaSimulator.Tests")];

    [Fact]
    public void Each_source_has_PTX_beside_it_that_names_its_hash()
    {
        string[] sources = [.. Files("*.cu")];
        Assert.NotEmpty(sources);
        foreach (string source in sources)
        {
            SortedSet<string> headers = new(StringComparer.Ordinal);
            AddHeaders(source, headers);
            string hash = Convert.ToHexStringLower(SHA256.HashData([.. File.ReadAllBytes(source), .. headers.SelectMany(File.ReadAllBytes)]));
            string text = File.ReadAllText(Path.ChangeExtension(source, ".ptx"));
            Assert.True(text.Contains($"// Source: {hash}\n", StringComparison.Ordinal),
                $"{source} has changed since its PTX was made: run tools/cuda-kernels.sh.");
        }

        Assert.DoesNotContain(Files("*.ptx"), ptx => !File.Exists(Path.ChangeExtension(ptx, ".cu")));
    }

    [Fact]
    public async Task Compiled_again_the_sources_give_the_same_PTX()
    {
        ProcessResult result = await ChildProcess.RunAsync("bash", [Repository.Path("tools", "cuda-kernels.sh"), "--check"], timeoutSeconds: 300);
        Assert.SkipWhen(result.ExitCode == 3, $"not compiled again: {result.Error.Trim()}");
        Assert.True(result.ExitCode == 0, result.Error);
    }

    // A header lies beside the file that includes it, or else with the headers of all kernels.
    private static void AddHeaders(string file, SortedSet<string> headers)
    {
        foreach (Match include in Include().Matches(File.ReadAllText(file)))
        {
            string beside = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, include.Groups[1].Value));
            string header = File.Exists(beside) ? beside : Path.GetFullPath(Repository.Path("src", "Avion.Compute", "Cuda", include.Groups[1].Value));
            if (headers.Add(header))
            {
                AddHeaders(header, headers);
            }
        }
    }

    private static IEnumerable<string> Files(string pattern) =>
        s_folders.SelectMany(folder => Directory.EnumerateFiles(folder, pattern, SearchOption.AllDirectories)).Order(StringComparer.Ordinal);

    [GeneratedRegex("^#include \"(.*)\"$", RegexOptions.Multiline)]
    private static partial Regex Include();
}
