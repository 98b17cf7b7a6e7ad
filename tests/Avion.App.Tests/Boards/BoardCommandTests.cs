namespace Avion.App.Tests;

/// <summary>What `avion board` prints and how it ends.</summary>
public sealed class BoardCommandTests
{
    [Fact]
    public async Task It_prints_its_address_waits_for_the_first_run_and_ends_by_Ctrl_C()
    {
        using TemporaryFolder folder = new();
        await using BoardProcess board = await BoardProcess.StartAsync(
            "dotnet", [AvionProgram.FullPath, "board", "--port", "0"], folder.FullName, new Dictionary<string, string?>());
        Assert.Equal(0, (await board.GetAsync("/api/runs")).GetProperty("runs").GetArrayLength());
        string port = board.Client.BaseAddress!.Port.ToString(CultureInfo.InvariantCulture);
        ProcessResult second = await AvionProgram.RunAsync("board", folder.FullName, "--port", port);
        Assert.Equal(2, second.ExitCode);
        Assert.Contains($"port {port}", second.Error);
        Assert.Equal(0, await board.InterruptAsync());
    }

    [Theory]
    [InlineData("board", "no-such-folder")]
    [InlineData("board", "--port", "70000")]
    [InlineData("board", "--listen", "somewhere")]
    public async Task What_cannot_be_served_is_a_mistake_of_the_command_line(params string[] arguments)
    {
        ProcessResult result = await AvionProgram.RunAsync(arguments);
        Assert.Equal((2, ""), (result.ExitCode, result.Output));
        Assert.Contains(arguments[^1], result.Error);
    }
}
