namespace Avion.App.Tests;

public sealed class DoctorTests
{
    [Fact]
    public async Task Json_holds_a_finding_for_each_thing_looked_for()
    {
        ProcessResult result = await AvionProgram.RunAsync("doctor", "--json");
        using JsonDocument document = JsonDocument.Parse(result.Output);
        JsonElement root = document.RootElement;
        string[] names = [.. root.GetProperty("findings").EnumerateArray().Select(finding => finding.GetProperty("name").GetString()!)];
        Assert.Equal(["processor", "memory", "ffmpeg libraries", "ffmpeg program", "matrix library", "gpu"], names);
        Assert.Equal(root.GetProperty("ready").GetBoolean() ? 0 : 3, result.ExitCode);
    }

    [Fact]
    public async Task A_missing_ffmpeg_program_ends_with_3_and_says_how_to_get_it()
    {
        string program = Path.Combine(AppContext.BaseDirectory, "avion");
        Assert.SkipUnless(File.Exists(program), $"needs the program's own host, '{program}'");
        ProcessResult result =
            await ChildProcess.RunAsync(program, ["doctor"], environment: new Dictionary<string, string?> { ["PATH"] = "/nowhere" });
        Assert.Equal(3, result.ExitCode);
        Assert.Contains("apt-get install", result.Error);
        Assert.Contains("missing", result.Output);
    }
}
