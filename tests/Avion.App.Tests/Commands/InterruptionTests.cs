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

    /// <summary>A terminal that goes away sends SIGHUP to the program, and refuses every word written to it from then on.</summary>
    [Fact]
    public async Task A_terminal_that_hangs_up_leaves_a_saved_run_that_ended_by_itself()
    {
        Finding ffmpeg = FfmpegProgram.Examine();
        Assert.SkipUnless(ffmpeg.Found, $"needs ffmpeg: {ffmpeg.Detail}");
        Assert.SkipUnless(File.Exists("/usr/bin/setsid"), "needs setsid of util-linux");
        using TemporaryFolder folder = new();
        ProcessResult made = await ChildProcess.RunAsync("ffmpeg",
            ["-v", "error", "-f", "lavfi", "-i", "testsrc=size=64x64:rate=10:duration=2", "-pix_fmt", "yuv420p", folder.File("a.mp4")]);
        Assert.True(made.ExitCode == 0, made.Error);
        File.WriteAllText(folder.File("clips.csv"), "video,start,end,caption\n" + string.Concat(Enumerable.Range(0, 4).Select(clip => $"a.mp4,0.{clip},1.{clip},words {clip}\n")));
        string run = folder.File("run"), told = folder.File("code");
        string[] command =
        [
            "dotnet", AvionProgram.FullPath, "train", Repository.Path("recipes", "demo.yaml"), "--set", $"output.folder={run}",
            "--set", $"data.train.annotations={folder.File("clips.csv")}", "--set", $"data.train.videos={folder.FullName}",
            "--set", "data.validation.annotations=[]", "--set", "data.validation.videos=", "--set", "data.train.chunk_seconds=0",
            "--set", "train.batch_size=4", "--set", "train.epochs=1000000", "--set", "output.log_every_steps=1",
        ];
        using PseudoTerminal terminal = new();
        string shell = $"setsid --ctty --wait {string.Join(' ', command.Select(word => $"'{word}'"))} <{terminal.Name} >{terminal.Name} 2>{terminal.Name}; "
            + $"echo $? >{told}";
        using Process process = Process.Start("env", ["--default-signal=INT,HUP", "sh", "-c", shell]);
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(100));
        try
        {
            await terminal.ReadUntilAsync("step ", limit.Token);
            terminal.Dispose();
            await process.WaitForExitAsync(limit.Token);
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }

        Assert.Equal("1", File.ReadAllText(told).Trim());
        Assert.Equal("interrupted", RunLogReader.Read(Path.Combine(run, "log.jsonl")).Entries[^1].Labels["reason"]);
        Assert.True(CheckpointStore.Load(CheckpointStore.Find(run)).State.Step >= 1);
    }

    private sealed class SetClock : TimeProvider
    {
        public long Milliseconds { get; set; }

        public override long TimestampFrequency => 1000;

        public override long GetTimestamp() => Milliseconds;
    }
}
