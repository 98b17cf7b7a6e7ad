using System.Diagnostics;

namespace Avion.App.Tests;

public sealed class InterruptionTests
{
    [Fact]
    public async Task Ctrl_c_stops_the_demo_with_1_and_leaves_no_encoder_behind()
    {
        Finding ffmpeg = FfmpegProgram.Examine();
        Assert.SkipUnless(ffmpeg.Found, $"needs ffmpeg: {ffmpeg.Detail}");
        using TemporaryFolder folder = new();
        // A shell that runs the tests in the background hands on an ignored SIGINT; env gives the program the signal back.
        ProcessStartInfo start = new("env", ["--default-signal=INT", "dotnet", Path.Combine(AppContext.BaseDirectory, "avion.dll"), "demo",
            "--data-only", "--output", folder.File("demo")])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        using Process avion = Process.Start(start)!;
        Task<string> error = avion.StandardError.ReadToEndAsync();
        while (!Directory.Exists(folder.File("demo", "data", "videos", "train-003.mp4")) && !avion.HasExited)
        {
            await Task.Delay(20);
        }
        using Process kill = Process.Start("kill", ["-INT", $"{avion.Id}"]);
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(30));
        await avion.WaitForExitAsync(limit.Token);
        Assert.Equal(1, avion.ExitCode);
        Assert.EndsWith("Stopped.\n", await error);
        foreach (Process process in Process.GetProcessesByName("ffmpeg"))
        {
            string commandLine = "";
            try
            {
                commandLine = File.ReadAllText($"/proc/{process.Id}/cmdline");
            }
            catch (IOException)
            {
                // It ended meanwhile.
            }
            Assert.DoesNotContain(folder.FullName, commandLine);
        }
    }
}
