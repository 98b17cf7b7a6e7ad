namespace Avion.App.Tests;

/// <summary>The one file that carries the program to machines without .NET: small, and nothing that it needs is trimmed away.</summary>
public sealed class SingleFileTests
{
    private const long MostBytes = 40_000_000;

    [Fact]
    public async Task It_is_small_and_does_what_the_program_does()
    {
        using TemporaryFolder folder = new();
        ProcessResult built = await ChildProcess.RunAsync(Repository.Path("tools", "single-file.sh"), [folder.FullName], timeoutSeconds: 540);
        Assert.SkipWhen(built.ExitCode != 0 && built.Error.Contains("error NU1", StringComparison.Ordinal),
            "the runtime's package cannot be had: " + built.Error);
        Assert.True(built.ExitCode == 0, built.Error);
        string program = folder.File("avion");
        Assert.InRange(new FileInfo(program).Length, 1_000_000, MostBytes);

        // It must not find the machine's .NET.
        Dictionary<string, string?> environment = new() { ["DOTNET_ROOT"] = "/nowhere" };
        Dictionary<string, string?> ofProgram = [];
        foreach (string command in (string[])
        [
            "--version", "doctor --json", "gpu-check", $"train --dry-run {Repository.Path("recipes", "demo.yaml")}",
            $"plan {Repository.Path("recipes", "lavila-vitb16.yaml")} --json", "train recipe-that-is-not-there.yaml",
        ])
        {
            ProcessResult actual = await ChildProcess.RunAsync(program, command.Split(' '), folder.FullName, environment);
            ProcessResult expected =
                await ChildProcess.RunAsync("dotnet", [AvionProgram.FullPath, .. command.Split(' ')], folder.FullName, ofProgram);
            Assert.Equal((expected.ExitCode, expected.Error), (actual.ExitCode, actual.Error));
            Assert.Equal(expected.Output, actual.Output);
        }
    }
}
