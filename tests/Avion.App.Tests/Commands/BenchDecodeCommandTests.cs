namespace Avion.App.Tests;

/// <summary>`avion bench decode` as a shell sees it: the form of what it prints, not the times.</summary>
public sealed class BenchDecodeCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Json_holds_clips_verdict_and_every_figure_with_its_ratio()
    {
        await MakeVideoAsync();
        ProcessResult result = await AvionProgram.RunAsync(
            "bench", "decode", "--root", _folder.FullName, "--clips", "4", "--rounds", "1", "--clips-per-second", "1000000", "--json");
        Assert.Equal((0, string.Empty), (result.ExitCode, result.Error));
        JsonElement root = JsonDocument.Parse(result.Output).RootElement;
        double rate = root.GetProperty("clips_per_core_second").GetDouble();
        Assert.Equal((int)Math.Ceiling(1_000_000 / rate), root.GetProperty("cores_needed").GetInt32());
        JsonElement[] figures = [.. root.GetProperty("figures").EnumerateArray()];
        Assert.Contains("clip_16_frames", figures.Select(figure => figure.GetProperty("key").GetString()));
        JsonElement alone = figures.Single(figure => figure.GetProperty("key").GetString() == "decode_without_resize");
        Assert.Equal(1.05, alone.GetProperty("target").GetDouble());
        Assert.Equal(alone.GetProperty("ratio").GetDouble() <= 1.05, alone.GetProperty("met").GetBoolean());
    }

    [Fact]
    public async Task The_table_ends_with_the_verdict_and_requests_are_written_for_peers()
    {
        await MakeVideoAsync();
        string requests = _folder.File("requests.tsv");
        ProcessResult result = await AvionProgram.RunAsync(
            "bench", "decode", "--root", _folder.File("a.mp4"), "--clips", "5", "--rounds", "1", "--requests", requests);
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("A device that trains 43 clips/s is fed by ", result.Output, StringComparison.Ordinal);
        string[] lines = File.ReadAllLines(requests);
        Assert.Equal(5, lines.Length);
        Assert.All(lines, line => Assert.Equal((6, 4), (line.Split('\t').Length, line.Split('\t')[5].Split(',').Length)));
    }

    [Fact]
    public async Task A_soak_says_whether_memory_was_flat()
    {
        await MakeVideoAsync();
        ProcessResult result = await AvionProgram.RunAsync("bench", "decode", "--root", _folder.FullName, "--soak", "200", "--json");
        JsonElement root = JsonDocument.Parse(result.Output).RootElement;
        Assert.Equal(result.ExitCode == 0, root.GetProperty("flat").GetBoolean());
        Assert.Equal((20, 200),
            (root.GetProperty("tenth").GetProperty("clips").GetInt32(), root.GetProperty("end").GetProperty("clips").GetInt32()));
    }

    [Theory]
    [InlineData("--clips", "0")]
    [InlineData("--soak", "7")]
    [InlineData("--rounds", "-1")]
    public async Task Impossible_numbers_are_a_wrong_command_line(string option, string value)
    {
        File.WriteAllText(_folder.File("a.mp4"), "words");
        ProcessResult result = await AvionProgram.RunAsync("bench", "decode", "--root", _folder.FullName, option, value);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains($"{option} is {value}", result.Error, StringComparison.Ordinal);
    }

    private async Task MakeVideoAsync()
    {
        string[] arguments =
        [
            "-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", "testsrc2=s=96x64:r=30:d=3", "-c:v", "libx264", "-preset", "ultrafast",
            _folder.File("a.mp4"),
        ];
        try
        {
            ProcessResult made = await ChildProcess.RunAsync("ffmpeg", arguments);
            Assert.Equal((0, string.Empty), (made.ExitCode, made.Error));
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("needs the ffmpeg program: not found in PATH");
        }
    }
}
