namespace Avion.Training.Tests;

/// <summary>What may be named to resume.</summary>
public sealed class ResumedRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_run_its_checkpoints_and_its_newest_checkpoint_are_the_run()
    {
        string run = Start();
        foreach (string path in new[] { run, "run/checkpoints", "run/checkpoints/", "run/checkpoints/latest", "run/checkpoints/step-000028" })
        {
            Assert.Equal(run, ResumedRun.Find(Path.GetFullPath(path, _folder.FullName)));
        }

        // What is neither is left to the message of the run folder.
        Assert.Equal(_folder.File("absent"), ResumedRun.Find(_folder.File("absent")));
        TrainingOutcome outcome = BrightnessRun.Resume(Path.Combine(run, "checkpoints", "latest"));
        Assert.Equal((run, true), (outcome.Folder, outcome.IsComplete));
        Assert.False(File.Exists(Path.Combine(run, "checkpoints", "step-000028", "run.lock")));
    }

    [Fact]
    public void An_older_checkpoint_and_one_outside_of_a_run_are_refused_with_the_commands_that_work()
    {
        string run = Start(), older = Path.Combine(run, "checkpoints", "step-000025");
        string message = Assert.Throws<RunException>(() => BrightnessRun.Resume(older)).Message;
        Assert.Contains($"'{older}' is not the newest checkpoint of its run, which is step-000028", message);
        Assert.Contains($"avion train --resume {run}.", message);
        Assert.Contains($"avion train {Path.Combine(older, "recipe.yaml")} --set model.initialize_from={older} --set output.folder=…", message);
        Assert.False(File.Exists(Path.Combine(older, "run.lock")));

        string copy = _folder.File("copy");
        Directory.Move(older, copy);
        message = Assert.Throws<RunException>(() => BrightnessRun.Resume(copy)).Message;
        Assert.Contains($"'{copy}' lies in no run", message);
        Assert.DoesNotContain("--resume", message);
    }

    [Fact]
    public void A_new_run_into_an_occupied_folder_is_told_before_it_is_begun()
    {
        string run = Start();
        Recipe again = BrightnessRun.Recipe(run);
        string told = Assert.Throws<RunException>(() => BrightnessRun.Start(again)).Message;
        Assert.Contains($"'{run}' holds a run already", told);
        TrainingOptions options = new() { Data = BrightnessRun.Data() };
        Assert.Equal([told], TrainingPreview.Of(again, options).Problems);
        Assert.Empty(TrainingPreview.Of(again, options, run).Problems);
    }

    private string Start()
    {
        string run = _folder.File("run");
        BrightnessRun.Start(BrightnessRun.Recipe(run));
        return run;
    }
}
