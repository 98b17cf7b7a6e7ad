using System.Diagnostics;

namespace Avion.Training.Tests;

/// <summary>Kills training processes for real. The child is this test program, which trains instead of testing when asked to.</summary>
public sealed class KillTests
{
    private const string ChildFolder = "AVION_TRAINING_CHILD_FOLDER";

    private const string ChildKind = "AVION_TRAINING_CHILD_KIND", Saving = "saving", InParts = "in parts", Ranks = "ranks";

    /// <summary>Saving after every step, the child spends most of its time writing checkpoints: that is where most kills land. Computing
    /// batches in parts and saving now and then, it spends most of its time in the parts.</summary>
    [Theory]
    [InlineData(Saving, 5)]
    [InlineData(InParts, 4)]
    [InlineData(Ranks, 3)]
    public void A_run_killed_again_and_again_has_the_losses_of_an_undisturbed_one(string kind, int kills)
    {
        using TemporaryFolder folder = new();
        string run = folder.File("run");
        Train(kind, folder.File("undisturbed"), new SilentObserver());
        Random random = new(5);
        for (int kill = 0; kill < kills; kill++)
        {
            int linesBefore = LineCount(run);
            int linesMore = random.Next(3, 8);
            using Process child = StartChild(kind, run);
            while (LineCount(run) < linesBefore + linesMore)
            {
                Assert.False(child.HasExited, "The child ended before it was killed.");
                Thread.Sleep(2);
            }

            Thread.Sleep(random.Next(0, 25));
            child.Kill();
            child.WaitForExit();
        }

        using (Process last = StartChild(kind, run))
        {
            last.WaitForExit();
            Assert.Equal(0, last.ExitCode);
        }

        Assert.Equal(kills, RunLogReader.Read(Path.Combine(run, "log.jsonl")).Entries.Count(entry => entry.Kind == RunLogKind.Resumed));
        Assert.Equal(BrightnessRun.Losses(folder.File("undisturbed")), BrightnessRun.Losses(run));
        Assert.Empty(Directory.GetDirectories(Path.Combine(run, "checkpoints"), "*.partial"));
    }

    /// <summary>Not a test but the child's work; the program runs it only when asked for it by name.</summary>
    [Fact(Explicit = true)]
    public void Child_trains()
    {
        string run = Environment.GetEnvironmentVariable(ChildFolder)!;
        string kind = Environment.GetEnvironmentVariable(ChildKind)!;
        Assert.True(Train(kind, run, kind == Saving ? new RecordingObserver(_ => Thread.Sleep(20)) : new SilentObserver()).IsComplete);
    }

    private static TrainingOutcome Train(string kind, string run, ITrainingObserver observer)
    {
        Recipe recipe = kind switch
        {
            Saving => BrightnessRun.Recipe(run, "checkpoint.every_steps=1"),
            InParts => Larger("loss.kind=sigmoid", "train.average_decay=0.9", "optimizer.weight_decay_end=0.1"),
            _ => Larger("train.devices=cpu:2", "optimizer.kind=lion", "train.checkpoint_activations=true", "train.undropped_epochs=1"),
        };
        TrainingOptions options = new()
        {
            Data = kind == Saving ? BrightnessRun.Data() : SyntheticClips.Data(train: 50), Observer = observer, ComputeThreads = 1,
        };
        return File.Exists(Path.Combine(run, "recipe.yaml"))
            ? TrainingRun.Resume(run, options: options)
            : TrainingRun.Start(recipe, options);

        Recipe Larger(params string[] overrides) => DualEncoderRunTests.TinyRecipe(run,
        [
            "train.epochs=5", "train.micro_batch_size=2", "checkpoint.every_steps=3", "model.vision.image_size=64", "model.vision.layers=4",
            "model.vision.patch_dropout=0.3", "model.vision.drop_path=0.1", .. overrides,
        ]);
    }

    /// <summary>Whole lines of the log, counted and not read: what is spent here the child lacks.</summary>
    private static int LineCount(string run)
    {
        string log = Path.Combine(run, "log.jsonl");
        if (!File.Exists(log))
        {
            return 0;
        }

        using FileStream file = new(log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        byte[] bytes = new byte[file.Length];
        return bytes.AsSpan(0, file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)).Count((byte)'\n');
    }

    private static Process StartChild(string kind, string run)
    {
        string method = $"{typeof(KillTests).FullName}.{nameof(Child_trains)}";
        ProcessStartInfo start = new(Environment.ProcessPath!, ["--explicit", "only", "--filter-method", method])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        start.Environment[ChildFolder] = run;
        start.Environment[ChildKind] = kind;
        Process child = Process.Start(start)!;
        child.BeginErrorReadLine();
        child.BeginOutputReadLine();
        return child;
    }
}
