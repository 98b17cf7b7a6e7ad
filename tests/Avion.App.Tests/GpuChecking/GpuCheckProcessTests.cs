using System.Diagnostics;

namespace Avion.App.Tests;

/// <summary>What the processes of a check say, fail to say, and how they end.</summary>
public sealed class GpuCheckProcessTests
{
    private static readonly GpuCheckItem[] s_items =
        [.. Enumerable.Range(0, 6).Select(i => new GpuCheckItem(GpuCheckPart.Operations, $"item {i}", _ => []))];

    [Fact]
    public async Task A_process_that_dies_or_hangs_costs_one_item_and_another_goes_on()
    {
        string good = GpuFinding.Good(GpuCheckPart.Operations, "good", "1 size", ("maximum_error", 1e-3)).ToLine();
        string bad = GpuFinding.Bad(GpuCheckPart.Operations, "bad", "got 'a', expected b").ToLine();
        string Script(int first) => first switch
        {
            0 => $"echo begin 0; echo 'a driver speaks'; cat <<'X'\n{good}\nX\necho begin 1; echo died here >&2; exit 7",
            2 => $"echo begin 2; cat <<'X'\n{bad}\nX\nexit 1",
            3 => "echo begin 3; sleep 60",
            _ => "echo begin 4; echo begin 5; echo end",
        };
        List<GpuFinding> findings = [];
        List<int> begun = [];
        int reached = await Process(Script, seconds: 2).RunAsync(begun.Add, findings.Add, TimeSpan.FromMinutes(1), CancellationToken.None);
        Assert.Equal(s_items.Length, reached);
        Assert.Equal([0, 1, 2, 3, 4, 5], begun);
        Assert.Equal(["good", "item 1", "bad", "item 3"], findings.Select(finding => finding.Name));
        Assert.Equal(1e-3, findings[0].Figure("maximum_error"));
        Assert.Equal("its process ended with exit code 7: died here", findings[1].Failure);
        Assert.Equal("got 'a', expected b", findings[2].Failure);
        Assert.StartsWith("no answer in 2 s", findings[3].Failure);
    }

    [Fact]
    public async Task What_there_is_no_time_for_is_left_out()
    {
        List<GpuFinding> findings = [];
        int reached = await Process(_ => "echo begin 0; echo begin 1; sleep 60", seconds: 30)
            .RunAsync(_ => { }, findings.Add, TimeSpan.FromSeconds(1), CancellationToken.None);
        Assert.Equal(1, reached);
        Assert.Empty(findings);
    }

    [Fact]
    public async Task A_process_that_does_not_begin_is_an_error_and_no_endless_loop()
    {
        InvalidOperationException failure = await Assert.ThrowsAsync<InvalidOperationException>(() => Process(_ => "echo no >&2; exit 3", seconds: 30)
            .RunAsync(_ => { }, _ => { }, TimeSpan.FromMinutes(1), CancellationToken.None));
        Assert.Contains("exit code 3 before it began: no", failure.Message);
    }

    private static GpuCheckProcess Process(Func<int, string> script, double seconds) => new(s_items,
        first => new ProcessStartInfo("/bin/sh", ["-c", script(first)]) { RedirectStandardOutput = true, RedirectStandardError = true },
        TimeSpan.FromSeconds(seconds));
}
