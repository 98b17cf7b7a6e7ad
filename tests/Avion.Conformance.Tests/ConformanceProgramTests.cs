namespace Avion.Conformance.Tests;

/// <summary>The program behind `./avion conformance`: what it prints and how it ends.</summary>
public sealed class ConformanceProgramTests
{
    private static readonly string s_program = Path.Combine(AppContext.BaseDirectory, "conformance.dll");

    [Theory]
    [InlineData("cpu")]
    [InlineData("cpu-bf16")]
    [InlineData("reference")]
    public async Task A_folder_of_fixtures_that_are_met_ends_with_0_and_the_sum(string device)
    {
        using TemporaryFolder folder = new();
        File.Copy(Repository.Asset("fixtures", "schedule-pretrain.json"), folder.File("schedule.json"));
        ProcessResult result = await ChildProcess.RunAsync("dotnet", [s_program, folder.FullName, "--device", device]);
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("1 passed, 0 failed, 0 skipped", result.Output);
    }

    [Theory]
    [InlineData("none", 2, "There is no folder")]
    [InlineData("", 3, "holds no fixture")]
    [InlineData(". --nothing", 2, "--nothing")]
    public async Task What_cannot_be_compared_is_told_and_is_not_success(string arguments, int exitCode, string told)
    {
        using TemporaryFolder folder = new();
        string[] words = arguments.Split(' ');
        ProcessResult result = await ChildProcess.RunAsync("dotnet", [s_program, folder.File(words[0]), .. words[1..]]);
        Assert.Equal(exitCode, result.ExitCode);
        Assert.Contains(told, result.Error);
    }
}
