namespace Avion.Training.Tests;

/// <summary>Damage of every file of a checkpoint is noticed, and never costs a good checkpoint.</summary>
public sealed class CheckpointDamageTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Only_good_checkpoints_count_towards_those_that_stay()
    {
        CheckpointStore store = StoreOf(10, 20, 30, 40);
        Flip(store, 30, CheckpointStore.ModelFile);
        ChangeDigit(store, 40);

        CheckpointStore resumed = new(_folder.FullName, keep: 2);
        Assert.Equal(20, resumed.LoadNewest(_ => { })!.State.Step);
        Save(resumed, 25);
        Assert.Equal([40L, 30L, 25L, 20L], resumed.Steps);
        Save(resumed, 35);
        Assert.Equal([40L, 35L, 30L, 25L], resumed.Steps);
        Save(resumed, 40);
        Assert.Equal([40L, 35L], resumed.Steps);
        Assert.Equal(40, new CheckpointStore(_folder.FullName, keep: 2).LoadNewest(Assert.Fail)!.State.Step);
    }

    [Fact]
    public void A_checkpoint_of_an_earlier_process_is_read_through_before_it_counts()
    {
        CheckpointStore store = StoreOf(10, 20, 30);
        Flip(store, 20, CheckpointStore.OptimizerFile);
        CheckpointStore resumed = new(_folder.FullName, keep: 3);
        Assert.Equal(30, resumed.LoadNewest(Assert.Fail)!.State.Step);
        Save(resumed, 40);
        Assert.Equal([40L, 30L, 20L, 10L], resumed.Steps);
    }

    [Fact]
    public void One_that_is_damaged_after_it_was_saved_counts_no_more()
    {
        CheckpointStore store = new(_folder.FullName, keep: 2);
        Save(store, 10);
        Save(store, 20);
        ChangeDigit(store, 20);
        Save(store, 30);
        Assert.Equal([30L, 20L, 10L], store.Steps);
    }

    [Theory]
    [InlineData(CheckpointStore.StateFile)]
    [InlineData(CheckpointStore.SumsFile)]
    public void Every_changed_character_of_the_state_and_of_the_digests_is_noticed(string file)
    {
        CheckpointStore store = StoreOf(10, 20);
        string path = Path.Combine(store.FolderOf(20), file);
        byte[] good = File.ReadAllBytes(path);
        for (int at = 0; at < good.Length; at++)
        {
            byte[] changed = [.. good];
            changed[at] = changed[at] is >= (byte)'0' and < (byte)'9' ? (byte)(changed[at] + 1) : (byte)(changed[at] ^ 1);
            File.WriteAllBytes(path, changed);
            List<string> told = [];
            Assert.Equal(10, store.LoadNewest(told.Add)!.State.Step);
            Assert.Contains("step-000020'", Assert.Single(told));
        }
    }

    [Theory]
    [InlineData("\"step\": 20", "\"step\": \"twenty\"")]
    [InlineData("\"metrics\": {}", "\"metrics\": 7")]
    [InlineData("\"files\": {", "\"files\": null, \"more\": {")]
    [InlineData("\"format\": 2", "\"format\": 3")]
    [InlineData("\"format\": 2", "\"format\": 1")]
    public void Another_type_or_version_in_the_state_never_blocks_a_resume(string was, string now)
    {
        CheckpointStore store = StoreOf(10, 20);
        string path = Path.Combine(store.FolderOf(20), CheckpointStore.StateFile);
        string text = File.ReadAllText(path);
        Assert.Contains(was, text);
        File.WriteAllText(path, text.Replace(was, now, StringComparison.Ordinal));
        List<string> told = [];
        Assert.Equal(10, store.LoadNewest(told.Add)!.State.Step);
        Assert.Single(told);
    }

    [Fact]
    public void A_changed_format_is_damage_unless_its_digests_agree_with_it()
    {
        CheckpointStore store = StoreOf(10);
        string state = Path.Combine(store.FolderOf(10), CheckpointStore.StateFile);
        string sums = Path.Combine(store.FolderOf(10), CheckpointStore.SumsFile), text = File.ReadAllText(state);
        byte[] was = File.ReadAllBytes(state);
        byte[] newer = Encoding.UTF8.GetBytes(text.Replace("\"format\": 2", "\"format\": 3", StringComparison.Ordinal));
        File.WriteAllBytes(state, newer);
        Assert.Contains("is damaged", Assert.Throws<RunException>(() => CheckpointStore.Load(store.FolderOf(10))).Message);
        File.WriteAllText(sums, File.ReadAllText(sums).Replace(Digest(was), Digest(newer), StringComparison.Ordinal));
        Assert.Contains("needs a newer version", Assert.Throws<RunException>(() => CheckpointStore.Load(store.FolderOf(10))).Message);

        static string Digest(byte[] bytes) => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes));
    }

    [Fact]
    public void Random_damage_of_any_file_is_noticed()
    {
        CheckpointStore store = StoreOf(10, 20);
        foreach (string path in Directory.GetFiles(store.FolderOf(20)))
        {
            byte[] good = File.ReadAllBytes(path);
            Mutation.Try(TimeSpan.FromSeconds(0.7), [good], damaged =>
            {
                File.WriteAllBytes(path, damaged);
                long step = store.LoadNewest(_ => { })!.State.Step;
                if (step != (damaged.AsSpan().SequenceEqual(good) ? 20 : 10))
                {
                    throw new InvalidDataException($"'{Path.GetFileName(path)}' was damaged, and step {step} was loaded.");
                }
            }, _ => false);
            File.WriteAllBytes(path, good);
        }
    }

    [Theory]
    [InlineData(CheckpointStore.ModelFile)]
    [InlineData(CheckpointStore.StateFile)]
    [InlineData(CheckpointStore.SumsFile)]
    public async Task A_pipe_in_place_of_a_file_is_damage_and_does_not_hang(string file)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs mkfifo");
        CheckpointStore store = StoreOf(10, 20);
        string path = Path.Combine(store.FolderOf(20), file);
        File.Delete(path);
        Assert.Equal(0, (await ChildProcess.RunAsync("mkfifo", [path])).ExitCode);
        List<string> told = [];
        long step = await Task.Run(() => store.LoadNewest(told.Add)!.State.Step).WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(10, step);
        Assert.Contains("it is a pipe, a socket or a device", Assert.Single(told));
    }

    [Fact]
    public async Task Digests_are_those_of_sha256sum()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs sha256sum");
        CheckpointStore store = StoreOf(10);
        ProcessResult result = await ChildProcess.RunAsync(
            "sha256sum", ["-c", "--strict", CheckpointStore.SumsFile], store.FolderOf(10));
        Assert.Equal(0, result.ExitCode);
        Assert.Equal(3, result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public void A_checkpoint_of_the_first_format_is_read()
    {
        CheckpointStore store = StoreOf(10);
        string state = Path.Combine(store.FolderOf(10), CheckpointStore.StateFile);
        File.Delete(Path.Combine(store.FolderOf(10), CheckpointStore.SumsFile));
        Assert.Null(store.LoadNewest(_ => { }));
        File.WriteAllText(state, File.ReadAllText(state).Replace("\"format\": 2", "\"format\": 1", StringComparison.Ordinal));
        Assert.Null(store.LoadNewest(Assert.Fail)!.State.Arithmetic);
    }

    [Fact]
    public void A_damaged_one_makes_way_under_another_name_when_its_step_comes_again()
    {
        CheckpointStore store = StoreOf(10, 20);
        foreach (string name in new[] { ".damaged", ".damaged-2" })
        {
            Flip(store, 20, CheckpointStore.ModelFile);
            byte[] damaged = File.ReadAllBytes(Path.Combine(store.FolderOf(20), CheckpointStore.ModelFile));
            CheckpointStore resumed = new(_folder.FullName, keep: 9);
            Assert.Equal(10, resumed.LoadNewest(_ => { })!.State.Step);
            Save(resumed, 20);
            Assert.Equal(20, resumed.LoadNewest(Assert.Fail)!.State.Step);
            Assert.Equal(damaged, File.ReadAllBytes(Path.Combine(store.FolderOf(20) + name, CheckpointStore.ModelFile)));
        }

        // What is whole is replaced.
        Save(new CheckpointStore(_folder.FullName, keep: 9), 20);
        Assert.Equal(["step-000010", "step-000020", "step-000020.damaged", "step-000020.damaged-2"],
            Directory.GetDirectories(_folder.FullName).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void An_evaluation_of_a_damaged_one_names_the_newest_good_one_and_digests_by_their_beginning()
    {
        CheckpointStore store = StoreOf(10, 20, 30);
        Flip(store, 20, CheckpointStore.ModelFile);
        Flip(store, 30, CheckpointStore.ModelFile);
        string latest = _folder.File(CheckpointStore.LatestFile);
        string message = Assert.Throws<RunException>(() => Evaluation.Run(latest)).Message;
        Assert.Contains($"Checkpoint '{store.FolderOf(30)}' is damaged: ", message);
        Assert.Contains($"The newest good one is '{store.FolderOf(10)}'", message);
        Assert.DoesNotMatch("[0-9a-f]{13}", message);
        Flip(store, 10, CheckpointStore.ModelFile);
        Assert.Contains("There is no good one beside it", Assert.Throws<RunException>(() => Evaluation.Run(latest)).Message);
    }

    [Fact]
    public void One_that_was_being_replaced_when_the_process_died_comes_back()
    {
        CheckpointStore store = StoreOf(10, 20);
        Directory.Move(store.FolderOf(20), store.FolderOf(20) + ".replaced.partial");
        Assert.Equal(20, new CheckpointStore(_folder.FullName, keep: 2).LoadNewest(Assert.Fail)!.State.Step);
    }

    private CheckpointStore StoreOf(params long[] steps)
    {
        CheckpointStore store = new(_folder.FullName, keep: 9);
        foreach (long step in steps)
        {
            Save(store, step);
        }

        return store;
    }

    private static void Save(CheckpointStore store, long step) => store.Save(CheckpointStoreTests.State(step), isBest: false, folder =>
    {
        File.WriteAllText(Path.Combine(folder, CheckpointStore.ModelFile), $"weights {step}");
        File.WriteAllText(Path.Combine(folder, CheckpointStore.OptimizerFile), $"moments {step}");
    });

    private static void Flip(CheckpointStore store, long step, string file)
    {
        string path = Path.Combine(store.FolderOf(step), file);
        byte[] bytes = File.ReadAllBytes(path);
        bytes[^1] ^= 1;
        File.WriteAllBytes(path, bytes);
    }

    private static void ChangeDigit(CheckpointStore store, long step)
    {
        string path = Path.Combine(store.FolderOf(step), CheckpointStore.StateFile);
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"sample_count\": 100", "\"sample_count\": 101", StringComparison.Ordinal));
    }
}
