namespace Avion.Training.Tests;

/// <summary>What disks, users and signals do to a run while it trains.</summary>
public sealed class FaultTests(UndisturbedRun undisturbed) : IClassFixture<UndisturbedRun>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Run => _folder.File("run");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(14)]
    [InlineData(28)]
    public void An_interrupt_at_the_end_of_an_epoch_does_not_lose_its_evaluation(int lastStep)
    {
        using CancellationTokenSource stop = new();
        RecordingObserver observer = new(step => StopAt(step, lastStep, stop));
        TrainingOutcome stopped = BrightnessRun.Start(BrightnessRun.Recipe(Run), observer, cancellation: stop.Token);
        Assert.Equal((false, lastStep), (stopped.IsComplete, stopped.Steps));
        Assert.DoesNotContain(lastStep, observer.EvaluatedSteps);

        TrainingOutcome resumed = BrightnessRun.Resume(Run);
        Assert.True(resumed.IsComplete);
        Assert.Equal(BrightnessRun.Losses(undisturbed.Folder), BrightnessRun.Losses(Run));
        Assert.Equal(Evaluations(undisturbed.Folder), Evaluations(Run));
        Assert.Equal(2, Evaluations(Run).Length);
        foreach (string name in (string[])["best", "latest"])
        {
            Assert.Equal(File.ReadAllText(CheckpointsOf(undisturbed.Folder, name)), File.ReadAllText(CheckpointsOf(Run, name)));
        }

        CheckpointState was = CheckpointStore.Load(CheckpointsOf(undisturbed.Folder, "step-000028")).State;
        CheckpointState now = CheckpointStore.Load(CheckpointsOf(Run, "step-000028")).State;
        Assert.Equal((was.BestValue, was.BestStep), (now.BestValue, now.BestStep));
        Assert.Equal(was.Metrics, now.Metrics);
    }

    [Fact]
    public void A_complete_run_is_not_evaluated_again()
    {
        BrightnessRun.Start(BrightnessRun.Recipe(Run));
        RecordingObserver observer = new();
        TrainingOutcome again = BrightnessRun.Resume(Run, observer);
        Assert.True(again.IsComplete);
        Assert.Empty(observer.EvaluatedSteps);
        Assert.NotNull(again.Evaluation!.Find("accuracy"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(12)]
    [InlineData(14)]
    [InlineData(28)]
    public void A_run_whose_folder_was_deleted_ends_with_a_sentence_and_makes_no_new_one(int step)
    {
        RunException error = Assert.Throws<RunException>(() => BrightnessRun.Start(BrightnessRun.Recipe(Run),
            new RecordingObserver(done => At(done, step, () => Directory.Delete(Run, recursive: true)))));
        Assert.Contains("was deleted, moved or replaced", error.Message);
        Assert.False(Directory.Exists(Run));
    }

    [Fact]
    public void A_run_whose_folder_was_moved_goes_on_where_it_is()
    {
        string moved = _folder.File("moved");
        Assert.Throws<RunException>(() => BrightnessRun.Start(BrightnessRun.Recipe(Run),
            new RecordingObserver(step => At(step, 12, () => Directory.Move(Run, moved)))));
        Assert.True(BrightnessRun.Resume(moved).IsComplete);
        Assert.Equal(BrightnessRun.Losses(undisturbed.Folder), BrightnessRun.Losses(moved));
    }

    [Theory]
    [InlineData(12)]
    [InlineData(27)]
    public void A_run_whose_log_was_deleted_saves_and_ends_with_a_sentence(int step)
    {
        RunException error = Assert.Throws<RunException>(() => BrightnessRun.Start(BrightnessRun.Recipe(Run),
            new RecordingObserver(done => At(done, step, () => File.Delete(Path.Combine(Run, "log.jsonl"))))));
        Assert.Contains("log.jsonl' was deleted or replaced", error.Message);
        Assert.True(BrightnessRun.Resume(Run).IsComplete);
        (long Step, long)[] losses = BrightnessRun.Losses(Run);
        Assert.Equal(BrightnessRun.Losses(undisturbed.Folder).Where(item => item.Step > BrightnessRun.TotalSteps - losses.Length), losses);
    }

    [Fact]
    public void A_run_without_a_whole_checkpoint_begins_again_only_when_told_to()
    {
        StopAfter(13);
        string[] checkpoints = Directory.GetDirectories(CheckpointsOf(Run, ""));
        Assert.NotEmpty(checkpoints);
        foreach (string checkpoint in checkpoints)
        {
            File.AppendAllText(Path.Combine(checkpoint, CheckpointStore.StateFile), "x");
        }

        RunException error = Assert.Throws<RunException>(() => BrightnessRun.Resume(Run));
        Assert.Contains($"none of its {checkpoints.Length} checkpoints is whole", error.Message);
        Assert.Contains("--allow-restart", error.Message);
        Assert.Equal(checkpoints.Length, Directory.GetDirectories(CheckpointsOf(Run, "")).Length);

        RecordingObserver observer = new();
        Assert.True(BrightnessRun.Resume(Run, observer, with: options => options with { AllowsRestart = true }).IsComplete);
        Assert.Contains(observer.Warnings, warning => warning.Contains("begins again at step 0", StringComparison.Ordinal));
        Assert.Equal(BrightnessRun.Losses(undisturbed.Folder), BrightnessRun.Losses(Run));
    }

    [Fact]
    public void A_run_whose_checkpoints_are_gone_begins_again_only_when_told_to()
    {
        StopAfter(13);
        Directory.Delete(CheckpointsOf(Run, ""), recursive: true);
        Assert.Contains("--allow-restart", Assert.Throws<RunException>(() => BrightnessRun.Resume(Run)).Message);
    }

    [Fact]
    public void Damage_that_a_resume_met_is_in_the_log()
    {
        StopAfter(13);
        string newest = Directory.GetDirectories(CheckpointsOf(Run, "")).Order(StringComparer.Ordinal).Last();
        File.Delete(Path.Combine(newest, CheckpointStore.OptimizerFile));
        BrightnessRun.Resume(Run);
        RunLogEntry warning = Assert.Single(
            RunLogReader.Read(Path.Combine(Run, "log.jsonl")).Entries, entry => entry.Kind == RunLogKind.Warning);
        Assert.Contains($"{Path.GetFileName(newest)}' is damaged", warning.Labels["message"]);
        Assert.Equal(BrightnessRun.Losses(undisturbed.Folder), BrightnessRun.Losses(Run));
    }

    [Fact]
    public void Resumes_after_random_damage_have_the_losses_of_an_undisturbed_run()
    {
        int seed = (int)(DateTime.UtcNow.Ticks & 0x3FFFFFFF);
        Random random = new(seed);
        StopAfter(13);
        for (int trial = 0; trial < 6; trial++)
        {
            string copy = _folder.File($"copy-{trial}");
            CopyFolder(Run, copy);
            string newest = Directory.GetDirectories(CheckpointsOf(copy, "")).Order(StringComparer.Ordinal).Last();
            string[] files = Directory.GetFiles(newest);
            string file = files[random.Next(files.Length)];
            byte[] bytes = File.ReadAllBytes(file);
            if (random.Next(2) == 0)
            {
                File.WriteAllBytes(file, bytes[..random.Next(bytes.Length)]);
            }
            else
            {
                bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
                File.WriteAllBytes(file, bytes);
            }

            RecordingObserver observer = new();
            Assert.True(BrightnessRun.Resume(copy, observer).IsComplete);
            Assert.True(observer.Warnings.Count == 1 && BrightnessRun.Losses(undisturbed.Folder).SequenceEqual(BrightnessRun.Losses(copy)),
                $"Seed {seed}, trial {trial}: damage of '{Path.GetFileName(file)}' changed losses or was not told.");
        }
    }

    [Theory]
    [InlineData(7)]
    [InlineData(14)]
    [InlineData(26)]
    public void A_disk_that_fills_up_ends_the_run_with_a_sentence_and_costs_nothing(int fullAfter)
    {
        Assert.SkipUnless(
            OperatingSystem.IsLinux() && CheckpointStoreTests.TryRun("mount", "-t", "tmpfs", "-o", "size=4m", "none", _folder.FullName),
            "needs the right to mount a small file system");
        try
        {
            string filler = _folder.File("filler");
            RunException error = Assert.Throws<RunException>(() => BrightnessRun.Start(BrightnessRun.Recipe(Run),
                new RecordingObserver(step => At(step, fullAfter, () => Fill(filler)))));
            Assert.Matches("(?i)no space left|disk was full|disk full", error.Message);
            File.Delete(filler);
            Assert.True(BrightnessRun.Resume(Run).IsComplete);
            Assert.Equal(BrightnessRun.Losses(undisturbed.Folder), BrightnessRun.Losses(Run));
        }
        finally
        {
            Assert.True(CheckpointStoreTests.TryRun("umount", "-l", _folder.FullName));
        }
    }

    private static void At(long step, long wanted, Action act)
    {
        if (step == wanted)
        {
            act();
        }
    }

    private static void StopAt(long step, long wanted, CancellationTokenSource stop) => At(step, wanted, stop.Cancel);

    private static string CheckpointsOf(string run, string name) => Path.Combine(run, "checkpoints", name);

    private static (long Step, double Accuracy)[] Evaluations(string run) =>
    [
        .. RunLogReader.Read(Path.Combine(run, "log.jsonl")).Entries.Where(entry => entry.Kind == RunLogKind.Evaluation)
            .Select(entry => (entry.Step, entry.Values["accuracy"])),
    ];

    private static void Fill(string path)
    {
        using FileStream file = new(path, FileMode.Create);
        byte[] page = new byte[4096];
        try
        {
            while (true)
            {
                file.Write(page);
                file.Flush();
            }
        }
        catch (IOException)
        {
            // Full.
        }
    }

    private static void CopyFolder(string source, string destination)
    {
        foreach (string path in Directory.GetFiles(source, "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(destination, Path.GetRelativePath(source, path));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(path, copy);
        }
    }

    private void StopAfter(int step)
    {
        using CancellationTokenSource stop = new();
        BrightnessRun.Start(BrightnessRun.Recipe(Run), new RecordingObserver(done => StopAt(done, step, stop)), cancellation: stop.Token);
    }
}
