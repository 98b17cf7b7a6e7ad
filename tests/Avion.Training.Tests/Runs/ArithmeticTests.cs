namespace Avion.Training.Tests;

/// <summary>A run remembers what made its numbers, and goes on with it.</summary>
public sealed class ArithmeticTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Run => _folder.File("run");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_run_goes_on_with_the_library_it_began_with()
    {
        BeginManaged();
        RecordingObserver observer = new();
        BrightnessRun.Resume(Run, observer, overrides: ["train.maximum_steps=0"]);
        BrightnessRun.Start(BrightnessRun.Recipe(_folder.File("whole")), matrix: MatrixLibraries.Managed);
        Assert.Equal(BrightnessRun.Losses(_folder.File("whole")), BrightnessRun.Losses(Run));
        Assert.Contains(observer.Messages, message => message.Contains(MatrixLibraries.Managed.Name, StringComparison.Ordinal)
            && message.Contains(MatrixLibraries.Best.Name, StringComparison.Ordinal));
        Assert.All(Beginnings(), entry => Assert.Equal(MatrixLibraries.Managed.Name, entry.Labels["matrix_library"]));
        Assert.All(Beginnings(), entry => Assert.All(
            (string[])["instructions", "avion", "decoder"], name => Assert.NotEmpty(entry.Labels[name])));
    }

    [Fact]
    public void Another_library_is_refused_by_name_and_taken_when_allowed()
    {
        BeginManaged();
        string log = File.ReadAllText(Path.Combine(Run, "log.jsonl"));
        RunException error = Assert.Throws<RunException>(() => Resume(allows: false));
        Assert.Contains($"was {MatrixLibraries.Managed.Name}, now {MatrixLibraries.Best.Name}", error.Message);
        Assert.Contains("--allow-other-arithmetic", error.Message);
        Assert.Equal(log, File.ReadAllText(Path.Combine(Run, "log.jsonl")));

        Assert.True(Resume(allows: true).IsComplete);
        RunLogEntry warning = Assert.Single(Entries(), entry => entry.Kind == RunLogKind.Warning);
        Assert.Contains($"now {MatrixLibraries.Best.Name}", warning.Labels["message"]);
        Assert.Equal(MatrixLibraries.Best.Name, CheckpointStore.Load(CheckpointStore.Find(Run)).State.Arithmetic!.MatrixLibrary);
        Assert.Equal(MatrixLibraries.Best.Name, Beginnings()[^1].Labels["matrix_library"]);
    }

    [Fact]
    public void Evaluation_notes_another_library()
    {
        BeginManaged();
        RecordingObserver observer = new();
        Evaluation.Run(Run, options: new TrainingOptions { Observer = observer, Data = BrightnessRun.Data(), Matrix = MatrixLibraries.Best });
        Assert.Contains($"was {MatrixLibraries.Managed.Name}, now {MatrixLibraries.Best.Name}", observer.Messages[^1]);
        observer.Messages.Clear();
        Evaluation.Run(Run, options: new TrainingOptions { Observer = observer, Data = BrightnessRun.Data(), Matrix = MatrixLibraries.Managed });
        Assert.DoesNotContain(observer.Messages, message => message.Contains("arithmetic", StringComparison.Ordinal));
    }

    [Fact]
    public void Other_instructions_are_refused_and_other_versions_are_told()
    {
        BrightnessRun.Start(BrightnessRun.Recipe(Run, "train.maximum_steps=5"));
        Rewrite(arithmetic => arithmetic with { Avion = "0.0.1", Decoder = "FFmpeg 0.5" });
        RecordingObserver observer = new();
        BrightnessRun.Resume(Run, observer, overrides: ["train.maximum_steps=8"]);
        string warning = Assert.Single(observer.Warnings);
        Assert.Contains("version of Avion: was 0.0.1", warning);
        Assert.Contains("decoder: was FFmpeg 0.5", warning);

        Rewrite(arithmetic => arithmetic with { Instructions = "Arm64, 128-bit vectors" });
        Assert.Contains("instructions: was Arm64, 128-bit vectors, now",
            Assert.Throws<RunException>(() => BrightnessRun.Resume(Run, overrides: ["train.maximum_steps=0"])).Message);
    }

    private void BeginManaged()
    {
        Assert.SkipUnless(MatrixLibraries.Best != MatrixLibraries.Managed && !MatrixLibraries.IsChosenByUser, "needs a second matrix library");
        BrightnessRun.Start(BrightnessRun.Recipe(Run, "train.maximum_steps=9"), matrix: MatrixLibraries.Managed);
    }

    private TrainingOutcome Resume(bool allows) => BrightnessRun.Resume(Run, overrides: ["train.maximum_steps=0"],
        with: options => options with { Matrix = MatrixLibraries.Best, AllowsOtherArithmetic = allows });

    private void Rewrite(Func<RunArithmetic, RunArithmetic> change)
    {
        CheckpointStore store = new(Path.Combine(Run, "checkpoints"), keep: 9);
        LoadedCheckpoint newest = store.LoadNewest(Assert.Fail)!;
        store.Save(newest.State with { Arithmetic = change(newest.State.Arithmetic!) }, isBest: false, folder =>
        {
            foreach (string name in newest.State.Files.Keys)
            {
                File.Copy(Path.Combine(newest.Folder, name), Path.Combine(folder, name));
            }
        });
    }

    private IReadOnlyList<RunLogEntry> Entries() => RunLogReader.Read(Path.Combine(Run, "log.jsonl")).Entries;

    private RunLogEntry[] Beginnings() => [.. Entries().Where(entry => entry.Kind is RunLogKind.Started or RunLogKind.Resumed)];
}
