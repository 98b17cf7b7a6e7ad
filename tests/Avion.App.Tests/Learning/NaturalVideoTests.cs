namespace Avion.App.Tests;

/// <summary>`avion bench learn --natural`: what masked video learns of some videos helps with others, unless they are noise.</summary>
public sealed class NaturalVideoTests
{
    [Fact]
    public async Task Bird_city_hand_and_robot_teach_what_predicts_a_diver_and_a_rolling_ball()
    {
        RequireFfmpeg();
        Assert.SkipUnless(NaturalVideos.AreThere, NaturalVideos.Missing);
        using TemporaryFolder folder = new();
        await PrepareAllAsync(folder, NaturalVideos.Train, LearningData.Train);
        await PrepareAllAsync(folder, NaturalVideos.Validation, LearningData.Validation);

        (int exitCode, JsonDocument table) = await LearnAsync(folder);
        using (table)
        {
            Assert.Equal(0, exitCode);
            Assert.Equal([true, true], Reached(table));
        }
    }

    [Fact]
    public async Task Noise_teaches_nothing_and_misses_the_bound()
    {
        RequireFfmpeg();
        using TemporaryFolder folder = new();
        foreach ((string split, int seed) in ((string, int)[])[(LearningData.Train, 1), (LearningData.Validation, 2)])
        {
            byte[] frames = new byte[80 * 48 * 48];
            new Random(seed).NextBytes(frames);
            File.WriteAllBytes(folder.File("noise.raw"), frames);
            string video = folder.File(split + ".mp4");
            ProcessResult made = await ChildProcess.RunAsync("ffmpeg",
                ["-v", "error", "-f", "rawvideo", "-pix_fmt", "gray", "-s", "48x48", "-r", "10", "-i", folder.File("noise.raw"),
                    "-c:v", "libx264", "-pix_fmt", "yuv420p", "-crf", "10", video]);
            Assert.True(made.ExitCode == 0, made.Error);
            await PrepareAsync(folder, video, split);
        }

        (int exitCode, JsonDocument table) = await LearnAsync(folder);
        using (table)
        {
            Assert.Equal(1, exitCode);
            Assert.False(Reached(table)[^1]);
            JsonElement figure = table.RootElement.GetProperty("figures")[0];
            Assert.InRange(figure.GetProperty("value").GetDouble() / figure.GetProperty("chance").GetDouble(), 0.95, 1.2);
        }
    }

    [Fact]
    public async Task Natural_videos_are_not_made()
    {
        ProcessResult result = await AvionProgram.RunAsync("bench", "learn", "--natural", "somewhere", "--data-only");
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("leave out one of the two", result.Error);
    }

    private static void RequireFfmpeg()
    {
        Finding program = FfmpegProgram.Examine(), libraries = FfmpegDecoder.Examine();
        Assert.SkipUnless(program.Found && libraries.Found, $"needs ffmpeg: {program.Detail}; {libraries.Detail}");
    }

    private static async Task PrepareAllAsync(TemporaryFolder folder, IReadOnlyList<string> videos, string split)
    {
        string source = folder.File("source", split);
        Directory.CreateDirectory(source);
        foreach (string video in videos)
        {
            File.Copy(NaturalVideos.PathOf(video), Path.Combine(source, Path.GetFileName(video)));
        }

        await PrepareAsync(folder, source, split);
    }

    private static async Task PrepareAsync(TemporaryFolder folder, string video, string split)
    {
        ProcessResult result = await AvionProgram.RunAsync(
            "data", "prepare", video, Path.Combine(folder.File("natural"), split), "--chunk-seconds", "2", "--short-side", "96");
        Assert.True(result.ExitCode == 0, result.Output + result.Error);
    }

    private static async Task<(int ExitCode, JsonDocument Table)> LearnAsync(TemporaryFolder folder)
    {
        ProcessResult result = await AvionProgram.RunAsync(
            ["bench", "learn", "--natural", folder.File("natural"), "--quick", "--json", "--output", folder.File("learn")],
            environment: null, timeoutSeconds: 600);
        Assert.True(result.Output.StartsWith('{'), result.Output + result.Error);
        return (result.ExitCode, JsonDocument.Parse(result.Output));
    }

    private static bool[] Reached(JsonDocument table) =>
        [.. table.RootElement.GetProperty("figures").EnumerateArray().Select(figure => figure.GetProperty("reached").GetBoolean())];
}
