using System.Diagnostics;

namespace Avion.Training.Tests;

/// <summary>Kills training processes for real. The child is this test program, which trains instead of testing when asked to.</summary>
public sealed class KillTests
{
    private const string ChildFolder = "AVION_TRAINING_CHILD_FOLDER";

    private const int Kills = 5;

    [Fact]
    public void A_run_killed_again_and_again_has_the_losses_of_an_undisturbed_one()
    {
        using TemporaryFolder folder = new();
        string run = folder.File("run");
        BrightnessRun.Start(BrightnessRun.Recipe(folder.File("undisturbed")));
        Random random = new(5);
        for (int kill = 0; kill < Kills; kill++)
        {
            // Saving after every step, the child spends most of its time writing checkpoints: that is where most kills land.
            int linesBefore = LineCount(run);
            int linesMore = random.Next(3, 8);
            using Process child = StartChild(run);
            while (LineCount(run) < linesBefore + linesMore)
            {
                Assert.False(child.HasExited, "The child ended before it was killed.");
                Thread.Sleep(2);
            }

            Thread.Sleep(random.Next(0, 25));
            child.Kill();
            child.WaitForExit();
        }

        using (Process last = StartChild(run))
        {
            last.WaitForExit();
            Assert.Equal(0, last.ExitCode);
        }

        Assert.Equal(Kills, RunLogReader.Read(Path.Combine(run, "log.jsonl")).Entries.Count(entry => entry.Kind == RunLogKind.Resumed));
        Assert.Equal(BrightnessRun.Losses(folder.File("undisturbed")), BrightnessRun.Losses(run));
        Assert.Empty(Directory.GetDirectories(Path.Combine(run, "checkpoints"), "*.partial"));
    }

    /// <summary>Not a test but the child's work; the program runs it only when asked for it by name.</summary>
    [Fact(Explicit = true)]
    public void Child_trains()
    {
        string run = Environment.GetEnvironmentVariable(ChildFolder)!;
        RecordingObserver slow = new(_ => Thread.Sleep(20));
        TrainingOutcome outcome = File.Exists(Path.Combine(run, "recipe.yaml"))
            ? BrightnessRun.Resume(run, slow)
            : BrightnessRun.Start(BrightnessRun.Recipe(run, "checkpoint.every_steps=1"), slow);
        Assert.True(outcome.IsComplete);
    }

    private static int LineCount(string run) =>
        File.Exists(Path.Combine(run, "log.jsonl")) ? RunLogReader.Read(Path.Combine(run, "log.jsonl")).Entries.Count : 0;

    private static Process StartChild(string run)
    {
        string method = $"{typeof(KillTests).FullName}.{nameof(Child_trains)}";
        ProcessStartInfo start = new(Environment.ProcessPath!, ["--explicit", "only", "--filter-method", method])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        start.Environment[ChildFolder] = run;
        Process child = Process.Start(start)!;
        child.BeginErrorReadLine();
        child.BeginOutputReadLine();
        return child;
    }
}
