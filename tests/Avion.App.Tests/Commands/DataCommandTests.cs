using System.Diagnostics;

namespace Avion.App.Tests;

/// <summary>`avion data prepare|verify|info|index` as a shell sees them.</summary>
public sealed class DataCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Prepare_verify_info_and_index_work_one_after_another()
    {
        await MakeVideoAsync("source/sub/a.mp4", seconds: 5);
        ProcessResult dryRun = await AvionProgram.RunAsync("data", "prepare", Source, Out, "--dry-run", "--json");
        Assert.Equal(0, dryRun.ExitCode);
        Assert.Equal("prepare", Json(dryRun)[0].GetProperty("action").GetString());
        Assert.False(Directory.Exists(Out), "a dry run changes nothing");

        ProcessResult prepared =
            await AvionProgram.RunAsync("data", "prepare", Source, Out, "--chunk-seconds", "2", "--fps", "10", "--json");
        Assert.Equal(0, prepared.ExitCode);
        Assert.Equal((1, 3), (Json(prepared).GetProperty("prepared").GetInt32(), Json(prepared).GetProperty("chunks").GetInt32()));
        Assert.Contains("of 1 video", prepared.Error, StringComparison.Ordinal);
        Assert.Contains("prepare: 100 %", prepared.Error.TrimEnd().Split('\n')[^1], StringComparison.Ordinal);

        ProcessResult verified = await AvionProgram.RunAsync("data", "verify", Out);
        Assert.Equal(0, verified.ExitCode);
        Assert.Contains("Every frame of 3 videos checked", verified.Output, StringComparison.Ordinal);

        ProcessResult info = await AvionProgram.RunAsync("data", "info", Path.Combine(Out, "sub/a.mp4/4.mp4"), "--json");
        Assert.Equal((10, true), (Json(info).GetProperty("frames").GetInt32(), Json(info).GetProperty("has_index").GetBoolean()));

        ProcessResult index = await AvionProgram.RunAsync("data", "index", Source);
        Assert.Equal(0, index.ExitCode);
        Assert.True(File.Exists(_folder.File("source", "sub", "index.avidx")));
    }

    [Fact]
    public async Task A_bad_video_is_listed_and_makes_exit_code_1()
    {
        await MakeVideoAsync("source/a.mp4", seconds: 1);
        File.WriteAllText(_folder.File("source", "b.mp4"), "words");
        ProcessResult prepared = await AvionProgram.RunAsync("data", "prepare", Source, Out);
        Assert.Equal(1, prepared.ExitCode);
        Assert.Contains("b.mp4", prepared.Output, StringComparison.Ordinal);
        Assert.Contains("1 prepared, 0 already done, 1 bad", prepared.Output, StringComparison.Ordinal);

        ProcessResult verified = await AvionProgram.RunAsync("data", "verify", Source, "--quick", "--json");
        Assert.Equal(1, verified.ExitCode);
        JsonElement problem = Assert.Single(Json(verified).GetProperty("problems").EnumerateArray().ToArray());
        Assert.Equal("not_video", problem.GetProperty("kind").GetString());
    }

    [Fact]
    public async Task A_contact_sheet_shows_frames_and_crops_and_what_is_passed_over_is_counted()
    {
        await MakeVideoAsync("source/a<b>.mp4", seconds: 2);
        await MakeVideoAsync("source/b.mp4", seconds: 1);
        File.WriteAllText(_folder.File("source", "b.srt"), "words");
        File.WriteAllText(_folder.File("source", "c.GIF"), "GIF89a");
        File.WriteAllText(_folder.File("source", "d.gif"), "GIF89a");
        string sheet = _folder.File("sheet.html");
        ProcessResult prepared = await AvionProgram.RunAsync("data", "prepare", Source, Out, "--contact-sheet", sheet);
        Assert.Equal(0, prepared.ExitCode);
        Assert.Contains("Passed over 3 files whose names are not those of videos: 2 .gif, 1 .srt.", prepared.Output, StringComparison.Ordinal);

        string page = await File.ReadAllTextAsync(sheet, TestContext.Current.CancellationToken);
        string[] pictures = [.. page.Split("base64,").Skip(1).Select(part => part[..part.IndexOf('"')])];
        Assert.Equal(6, pictures.Length);
        Assert.Equal(6, pictures.Distinct().Count());
        Assert.Contains("a&lt;b&gt;.mp4", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>", page, StringComparison.Ordinal);

        // The first strip is of four whole frames of 96 x 64, 144 pixels high: ffmpeg reads its size.
        string strip = _folder.File("strip");
        await File.WriteAllBytesAsync(strip, Convert.FromBase64String(pictures[0]), TestContext.Current.CancellationToken);
        ProcessResult size = await ChildProcess.RunAsync("ffprobe",
            ["-v", "error", "-f", "image2pipe", "-show_entries", "stream=width,height", "-of", "csv=p=0", strip]);
        Assert.Equal($"{(4 * 216) + (3 * 8)},144", size.Output.Trim());
        ProcessResult refused = await AvionProgram.RunAsync("data", "prepare", Source, Out, "--contact-sheet", sheet, "--pack");
        Assert.Equal(2, refused.ExitCode);
    }

    [Theory]
    [InlineData("--fps", "abc", "is no frame rate")]
    [InlineData("--fps", "30000/1001", "no whole number of frames")]
    [InlineData("--chunk-seconds", "0", "expected 1 to 3600")]
    [InlineData("--profile", "best", "best")]
    public async Task Settings_that_cannot_be_are_exit_code_2(string option, string value, string words)
    {
        ProcessResult result = await AvionProgram.RunAsync("data", "prepare", Source, Out, option, value);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(words, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_the_program_it_is_exit_code_3()
    {
        await MakeVideoAsync("source/a.mp4", seconds: 1);
        ProcessResult result = await AvionProgram.RunAsync(
            ["data", "prepare", Source, Out],
            new System.Collections.Generic.Dictionary<string, string?> { ["PATH"] = _folder.File("nothing-here") });
        Assert.Equal(3, result.ExitCode);
        Assert.Contains("Install FFmpeg", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_killed_run_is_finished_by_the_next_with_the_very_bytes_of_an_undisturbed_one()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs kill -9");
        await MakeVideoAsync("source/long.mp4", seconds: 1500);
        string[] settings = ["--chunk-seconds", "20", "--fps", "4", "--jobs", "1"];
        using (Process process = Start(["data", "prepare", Source, Out, .. settings]))
        {
            string work = Path.Combine(Out, ".avion", "work");
            await WaitAsync(() => Directory.Exists(work)
                && Directory.GetFiles(work, "part-*.done", SearchOption.AllDirectories).Length >= 2, process);
            // SIGKILL to the process alone: its encoder lives on for a moment, as after a crash.
            process.Kill();
            await process.WaitForExitAsync();
        }

        Assert.False(Directory.Exists(Path.Combine(Out, "long.mp4")), "a video appears only when it is whole");
        ProcessResult again = await AvionProgram.RunAsync(["data", "prepare", Source, Out, .. settings], environment: null);
        Assert.Equal(0, again.ExitCode);
        string undisturbed = _folder.File("undisturbed");
        Assert.Equal(0, (await AvionProgram.RunAsync(["data", "prepare", Source, undisturbed, .. settings], environment: null)).ExitCode);
        string[] chunks = [.. Directory.GetFiles(Path.Combine(undisturbed, "long.mp4"), "*.mp4").Select(path => Path.GetFileName(path))];
        Assert.Equal(75, chunks.Length);
        Assert.All(chunks, name => Assert.Equal(
            File.ReadAllBytes(Path.Combine(undisturbed, "long.mp4", name)), File.ReadAllBytes(Path.Combine(Out, "long.mp4", name))));
        Assert.Equal(["lock"], Directory.GetFileSystemEntries(Path.Combine(Out, ".avion")).Select(Path.GetFileName));
        Assert.Equal(0, (await AvionProgram.RunAsync("data", "verify", Out, "--quick")).ExitCode);
    }

    private string Source => _folder.File("source");

    private string Out => _folder.File("out");

    private static JsonElement Json(ProcessResult result) => JsonDocument.Parse(result.Output).RootElement;

    private static Process Start(string[] arguments) => Process.Start(new ProcessStartInfo(
        "dotnet", [Path.Combine(AppContext.BaseDirectory, "avion.dll"), .. arguments]) { RedirectStandardError = true,
        RedirectStandardOutput = true })!;

    private static async Task WaitAsync(Func<bool> condition, Process process)
    {
        const int longestMilliseconds = 120_000;
        for (Stopwatch watch = Stopwatch.StartNew(); !condition(); await Task.Delay(20))
        {
            Assert.False(process.HasExited, "it ended before it could be killed");
            Assert.True(watch.ElapsedMilliseconds < longestMilliseconds, "no part was finished in time");
        }
    }

    private async Task MakeVideoAsync(string name, int seconds)
    {
        string path = _folder.File(name.Split('/'));
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        string rate = seconds > 60 ? "4" : "10";
        ProcessResult? made = null;
        try
        {
            made = await ChildProcess.RunAsync("ffmpeg",
                ["-v", "error", "-f", "lavfi", "-i", $"testsrc2=s=96x64:r={rate}:d={seconds}", "-c:v", "libx264", "-preset", "ultrafast",
                    "-g", "40", path]);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("needs the ffmpeg program: not found in PATH");
        }

        Assert.True(made.ExitCode == 0, made.Error);
    }
}
