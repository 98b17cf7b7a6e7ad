using System.Diagnostics;
using Avion.Testing;

namespace Avion.App.Tests;

/// <summary>Commands over trees come back: from loops, from pipes, from lies about sizes, and soon after a signal.</summary>
public sealed class HostileTreeTests(LargeTree large) : IClassFixture<LargeTree>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("info")]
    [InlineData("verify")]
    [InlineData("index")]
    public async Task What_is_bad_is_listed_and_the_command_ends_with_1(string command)
    {
        await MakeTree();
        ProcessResult result = await AvionProgram.RunAsync(["data", command, _folder.File("tree")], null, timeoutSeconds: 60);
        Assert.Equal(1, result.ExitCode);
        Assert.DoesNotContain("bug in Avion", result.Error);
        foreach (string name in (string[])["pipe.mp4", "self.mp4", "zero.mp4", "bad.tar"])
        {
            Assert.Contains(name, result.Output);
        }

        Assert.DoesNotContain('\u001b', result.Output + result.Error);
        Assert.Contains("esc\\u001b[2J", result.Output);
    }

    [Fact]
    public async Task A_plan_names_what_is_bad_and_ends_with_1()
    {
        await MakeTree();
        ProcessResult result = await AvionProgram.RunAsync(
            ["data", "prepare", _folder.File("tree"), _folder.File("out"), "--dry-run"], null, timeoutSeconds: 60);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("pipe.mp4", result.Output);
        Assert.False(Directory.Exists(_folder.File("out")));
    }

    [Theory]
    [InlineData("INT", "info")]
    [InlineData("TERM", "prepare")]
    public async Task A_scan_ends_soon_after_a_signal(string signal, string command)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "sends signals");
        string[] rest = command == "prepare" ? [_folder.File("out"), "--dry-run"] : [];
        ProcessStartInfo start = new(
            "env", ["--default-signal=INT", "dotnet", AvionProgram.FullPath, "data", command, large.FullName, .. rest])
        {
            RedirectStandardError = true, RedirectStandardOutput = true,
        };
        using Process avion = Process.Start(start)!;
        Task<string> error = avion.StandardError.ReadToEndAsync();
        await Task.Delay(2000);
        Assert.False(avion.HasExited, "the work was over before the signal: it shows nothing");
        using Process kill = Process.Start("kill", [$"-{signal}", $"{avion.Id}"]);
        long sent = Stopwatch.GetTimestamp();
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(20));
        await avion.WaitForExitAsync(limit.Token);
        // A second on an idle machine; tests share theirs.
        Assert.InRange(Stopwatch.GetElapsedTime(sent).TotalSeconds, 0, 4);
        Assert.Equal(1, avion.ExitCode);
        Assert.EndsWith("Stopped.\n", await error);
    }

    private async Task MakeTree()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "makes pipes and links");
        Directory.CreateDirectory(_folder.File("tree", "sub"));
        byte[] header = new byte[1024];
        "long.mp4"u8.CopyTo(header);
        header.AsSpan(124, 12).Fill(0xFF);
        File.WriteAllBytes(_folder.File("tree", "bad.tar"), header);
        File.WriteAllText(_folder.File("tree", "esc\u001b[2J.mp4"), "no video");
        const string script = "mkfifo pipe.mp4 pipe.tar sub/index.avidx sub/source.json; ln -s self.mp4 self.mp4; ln -s /dev/zero zero.mp4; "
            + "ln -s . loop; ln -s .. sub/up; ln -s ../sub sub/again; echo x > sub/x.mp4";
        ProcessResult made = await ChildProcess.RunAsync("bash", ["-c", script], _folder.File("tree"));
        Assert.Equal((0, ""), (made.ExitCode, made.Error));
    }
}
