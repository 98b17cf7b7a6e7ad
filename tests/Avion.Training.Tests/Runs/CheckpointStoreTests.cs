namespace Avion.Training.Tests;

public sealed class CheckpointStoreTests
{
    [Fact]
    public void A_state_reads_back_as_saved()
    {
        using TemporaryFolder folder = new();
        CheckpointStore store = new(folder.File("checkpoints"), keep: 2);
        CheckpointState state = State(40) with
        {
            Epoch = 3, StepInEpoch = 7, Seed = long.MaxValue, BadClips = 5, BestMetric = "map_average", BestValue = 0.1 + 0.2,
            BestStep = 20, SkippedSteps = 3, RecentSkippedSteps = [7, 38], FirstLosses = [0.5, 1.0 / 3],
            Metrics = new Dictionary<string, double> { ["map_average"] = 1.0 / 3, ["odd"] = double.PositiveInfinity },
        };
        store.Save(state, isBest: false, WriteFiles("weights"));

        LoadedCheckpoint loaded = store.LoadNewest(Assert.Fail)!;
        Assert.Equal(state with { Files = null!, Metrics = null!, RecentSkippedSteps = null!, FirstLosses = null! },
            loaded.State with { Files = null!, Metrics = null!, RecentSkippedSteps = null!, FirstLosses = null! });
        Assert.Equal(state.FirstLosses, loaded.State.FirstLosses);
        Assert.Equal(state.RecentSkippedSteps, loaded.State.RecentSkippedSteps);
        Assert.Equal(state.Metrics, loaded.State.Metrics);
        Assert.Equal(["model.safetensors", "optimizer.safetensors"], loaded.State.Files.Keys.Order());
        Assert.Equal("weights", File.ReadAllText(loaded.ModelPath));
        Assert.Equal("step-000040", Path.GetFileName(loaded.Folder));
        Assert.Equal("step-000040", File.ReadAllText(folder.File("checkpoints", "latest")).Trim());
    }

    [Fact]
    public void A_state_without_what_older_checkpoints_lack_is_read()
    {
        CheckpointState state = CheckpointState.Parse("""
            {"format": 1, "step": 20, "epoch": 2, "step_in_epoch": 4, "seed": 7, "recipe_hash": "ab", "sample_count": 96,
             "files": {"model.safetensors": {"bytes": 3, "sha256": "cd"}}}
            """u8);

        Assert.Equal((1, 20L, "", 0L), (state.Format, state.Step, state.BestMetric, state.SkippedSteps));
        Assert.Null(state.Arithmetic);
        Assert.Empty(state.Metrics);
        Assert.Empty(state.FirstLosses);
        Assert.Empty(state.RecentSkippedSteps);
        Assert.Equal("cd", state.Files["model.safetensors"].Sha256);
    }

    [Fact]
    public void The_newest_and_the_best_stay()
    {
        using TemporaryFolder folder = new();
        CheckpointStore store = new(folder.FullName, keep: 2);
        foreach (long step in new long[] { 1, 2, 3, 4, 5, 1_000_000 })
        {
            store.Save(State(step), isBest: step == 2, WriteFiles($"weights {step}"));
        }

        Assert.Equal([1_000_000L, 5L, 2L], store.Steps);
        Assert.Equal(store.FolderOf(2), CheckpointStore.Find(folder.FullName));
        Assert.Equal(3, Directory.GetDirectories(folder.FullName).Length);
    }

    [Theory]
    [InlineData("model.safetensors", "cut")]
    [InlineData("optimizer.safetensors", "flip")]
    [InlineData("optimizer.safetensors", "delete")]
    [InlineData("state.json", "cut")]
    [InlineData("state.json", "delete")]
    [InlineData("state.json", "empty")]
    public void A_damaged_checkpoint_is_told_and_the_one_before_is_used(string file, string damage)
    {
        using TemporaryFolder folder = new();
        CheckpointStore store = new(folder.FullName, keep: 3);
        store.Save(State(10), isBest: false, WriteFiles("old"));
        store.Save(State(20), isBest: false, WriteFiles("new"));
        Damage(Path.Combine(store.FolderOf(20), file), damage);

        List<string> told = new();
        LoadedCheckpoint loaded = new CheckpointStore(folder.FullName, keep: 3).LoadNewest(told.Add)!;
        Assert.Equal(10, loaded.State.Step);
        Assert.Contains("step-000020' is damaged", Assert.Single(told));
    }

    [Fact]
    public void Coming_to_a_damaged_step_again_replaces_it()
    {
        using TemporaryFolder folder = new();
        CheckpointStore store = new(folder.FullName, keep: 3);
        store.Save(State(20), isBest: false, WriteFiles("first"));
        Damage(Path.Combine(store.FolderOf(20), "state.json"), "cut");
        store.Save(State(20), isBest: false, WriteFiles("second"));
        Assert.Equal("second", File.ReadAllText(store.LoadNewest(Assert.Fail)!.ModelPath));
        Assert.Equal([20L], store.Steps);
    }

    [Fact]
    public void A_failed_save_names_the_cause_and_leaves_earlier_checkpoints_alone()
    {
        using TemporaryFolder folder = new();
        CheckpointStore store = new(folder.FullName, keep: 1);
        store.Save(State(10), isBest: true, WriteFiles("old"));
        RunException error = Assert.Throws<RunException>(() => store.Save(State(20), isBest: true, path =>
        {
            WriteFiles("new")(path);
            throw new IOException("No space left on device");
        }));
        Assert.Contains("Cannot save checkpoint step-000020", error.Message);
        Assert.Contains("No space left on device", error.Message);
        Assert.Contains("the newest is step-000010", error.Message);
        Assert.Equal(10, store.LoadNewest(Assert.Fail)!.State.Step);
        Assert.Equal("step-000010", File.ReadAllText(folder.File("best")).Trim());
        Assert.Single(Directory.GetDirectories(folder.FullName));
    }

    [Fact]
    public void A_save_interrupted_after_any_file_leaves_the_earlier_checkpoint()
    {
        using TemporaryFolder folder = new();
        new CheckpointStore(folder.FullName, keep: 2).Save(State(10), isBest: false, WriteFiles("old"));

        // What a killed process leaves: an unfinished folder, and perhaps a pointer that was not moved yet.
        Directory.CreateDirectory(folder.File("step-000020.partial"));
        File.WriteAllText(folder.File("step-000020.partial", "model.safetensors"), "ne");
        CheckpointStore store = new(folder.FullName, keep: 2);
        Assert.False(Directory.Exists(folder.File("step-000020.partial")));
        Assert.Equal(10, store.LoadNewest(Assert.Fail)!.State.Step);
    }

    [Fact]
    public void A_folder_that_cannot_be_written_is_refused_in_a_sentence()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.File("checkpoints"), "a file in the way");
        RunException error = Assert.Throws<RunException>(() => new CheckpointStore(folder.File("checkpoints"), keep: 1));
        Assert.StartsWith("Cannot write checkpoints to", error.Message);
    }

    [Fact]
    public void A_full_disk_is_met_for_real_where_a_small_one_can_be_mounted()
    {
        using TemporaryFolder folder = new();
        Assert.SkipUnless(OperatingSystem.IsLinux() && TryRun("mount", "-t", "tmpfs", "-o", "size=256k", "none", folder.FullName),
            "needs the right to mount a small file system");
        try
        {
            CheckpointStore store = new(folder.FullName, keep: 1);
            store.Save(State(10), isBest: false, WriteFiles("old"));
            RunException error = Assert.Throws<RunException>(
                () => store.Save(State(20), isBest: false, WriteFiles(new string('x', 400_000))));
            Assert.Matches("(?i)no space left|disk was full", error.Message);
            Assert.Equal(10, store.LoadNewest(Assert.Fail)!.State.Step);
            store.Save(State(30), isBest: false, WriteFiles("smaller"));
            Assert.Equal([30L], store.Steps);
        }
        finally
        {
            Assert.True(TryRun("umount", folder.FullName));
        }
    }

    [Fact]
    public void A_path_without_checkpoint_is_refused()
    {
        using TemporaryFolder folder = new();
        Assert.Contains("neither a checkpoint nor a run", Assert.Throws<RunException>(() => CheckpointStore.Find(folder.FullName)).Message);
    }

    internal static CheckpointState State(long step) => new()
    {
        Step = step, Epoch = 0, StepInEpoch = (int)step, Seed = 0, RecipeHash = "hash", SampleCount = 100,
    };

    private static Action<string> WriteFiles(string weights) => folder =>
    {
        File.WriteAllText(Path.Combine(folder, CheckpointStore.ModelFile), weights);
        File.WriteAllText(Path.Combine(folder, CheckpointStore.OptimizerFile), "moments");
    };

    private static void Damage(string path, string damage)
    {
        byte[] bytes = File.ReadAllBytes(path);
        switch (damage)
        {
            case "delete": File.Delete(path); break;
            case "empty": File.WriteAllBytes(path, []); break;
            case "cut": File.WriteAllBytes(path, bytes[..^2]); break;
            case "flip":
                bytes[0] ^= 1;
                File.WriteAllBytes(path, bytes);
                break;
            default: throw new ArgumentException(damage, nameof(damage));
        }
    }

    internal static bool TryRun(string program, params string[] arguments)
    {
        try
        {
            return ChildProcess.RunAsync(program, arguments).GetAwaiter().GetResult().ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
