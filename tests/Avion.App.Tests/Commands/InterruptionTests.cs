using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Avion.App.Tests;

public sealed class InterruptionTests
{
    [Fact]
    public void Signals_right_after_the_first_belong_to_it_and_a_later_one_ends_the_process()
    {
        SetClock clock = new();
        StringWriter error = new();
        using Interruption interruption = new(error, clock);
        Assert.True(IsTaken(PosixSignal.SIGTERM));
        Assert.True(interruption.Token.IsCancellationRequested);
        Assert.Contains("after 2 seconds", error.ToString());
        int told = error.ToString().Length;
        clock.Milliseconds = 1;
        Assert.True(IsTaken(PosixSignal.SIGTERM));
        clock.Milliseconds = 1999;
        Assert.True(IsTaken(PosixSignal.SIGINT));
        clock.Milliseconds = 2000;
        Assert.False(IsTaken(PosixSignal.SIGHUP));
        Assert.Equal(told, error.ToString().Length);

        bool IsTaken(PosixSignal signal)
        {
            PosixSignalContext context = new(signal);
            interruption.OnSignal(context);
            return context.Cancel;
        }
    }

    [Theory]
    [InlineData("-INT")]
    [InlineData("-TERM", "-TERM", "-TERM")]
    [InlineData("-HUP")]
    public async Task Signals_stop_the_demo_with_1_and_leave_no_encoder_behind(params string[] signals)
    {
        Finding ffmpeg = FfmpegProgram.Examine();
        Assert.SkipUnless(ffmpeg.Found, $"needs ffmpeg: {ffmpeg.Detail}");
        using TemporaryFolder folder = new();
        // A shell that runs the tests in the background hands on an ignored SIGINT; env gives the program the signal back.
        ProcessStartInfo start = new("env", ["--default-signal=INT,HUP", "dotnet", Path.Combine(AppContext.BaseDirectory, "avion.dll"), "demo",
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

        // One shell sends all of them at once, however busy the machine is.
        using Process kill = Process.Start("sh", ["-c", string.Join("; ", signals.Select(signal => $"kill {signal} {avion.Id}"))]);
        await kill.WaitForExitAsync();
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

    private sealed class SetClock : TimeProvider
    {
        public long Milliseconds { get; set; }

        public override long TimestampFrequency => 1000;

        public override long GetTimestamp() => Milliseconds;
    }
}
