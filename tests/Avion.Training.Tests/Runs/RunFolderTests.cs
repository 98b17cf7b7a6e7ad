namespace Avion.Training.Tests;

public sealed class RunFolderTests
{
    [Fact]
    public void A_run_keeps_its_recipe_and_takes_changes_that_losses_do_not_depend_on()
    {
        using TemporaryFolder folder = new();
        Recipe recipe = RecipeIn(folder.File("run"));
        using (RunFolder run = RunFolder.Create(recipe))
        {
            Assert.False(run.IsResumed);
        }

        using RunFolder resumed = RunFolder.Resume(folder.File("run"), overrides: ["checkpoint.keep=9"]);
        Assert.True(resumed.IsResumed);
        Assert.Equal(recipe with { Checkpoint = recipe.Checkpoint with { Keep = 9 } }, resumed.Recipe);
    }

    [Fact]
    public void Another_recipe_is_refused_with_the_differences()
    {
        using TemporaryFolder folder = new();
        Recipe recipe = RecipeIn(folder.File("run"));
        RunFolder.Create(recipe).Dispose();
        RunException error = Assert.Throws<RunException>(() =>
            RunFolder.Resume(folder.File("run"), overrides: ["optimizer.learning_rate=0.5", "train.batch_size=3"]));
        Assert.Contains("optimizer.learning_rate: was 3e-05, now 0.5", error.Message);
        Assert.Contains("train.batch_size: was 16, now 3", error.Message);
        Assert.Contains("may change ", error.Message);
        Assert.All(["train.epochs", "train.devices", "checkpoint.keep"], key => Assert.Contains(key, error.Message.Split("may change ")[1]));
        Assert.DoesNotContain("optimizer.weight_decay", error.Message);
        Assert.Throws<RunException>(() => RunFolder.Resume(folder.File("run"), recipe with { Name = "other" }));
        RunFolder.Resume(folder.File("run"), recipe).Dispose();
    }

    [Fact]
    public void A_second_run_in_the_same_folder_is_refused()
    {
        using TemporaryFolder folder = new();
        Recipe recipe = RecipeIn(folder.File("run"));
        using (RunFolder.Create(recipe))
        {
            Assert.Contains("Another process is training", Assert.Throws<RunException>(() => RunFolder.Resume(folder.File("run"))).Message);
        }

        Directory.CreateDirectory(folder.File("run", "checkpoints", "step-000010"));
        Assert.Contains("holds a run already", Assert.Throws<RunException>(() => RunFolder.Create(recipe)).Message);
    }

    [Fact]
    public void A_start_that_failed_before_its_first_step_leaves_the_folder_free()
    {
        using TemporaryFolder folder = new();
        RunFolder.Create(RecipeIn(folder.File("run"))).Dispose();
        File.WriteAllText(folder.File("run", "vocabulary.txt"), "of the wrong captions");
        File.WriteAllText(folder.File("run", "log.jsonl"), """{"time":"2026-01-02T03:04:05+00:00","kind":"started","step":0,"epoch":0,"values":{},"labels":{}}""" + "\n");
        Recipe mended = RecipeIn(folder.File("run")) with { Name = "mended" };
        using (RunFolder run = RunFolder.Create(mended))
        {
            Assert.False(File.Exists(folder.File("run", "vocabulary.txt")));
            Assert.False(File.Exists(run.LogPath));
            Assert.Equal(mended, RecipeReader.ReadFile(run.RecipePath));
        }

        File.WriteAllText(folder.File("run", "log.jsonl"), """{"time":"2026-01-02T03:04:05+00:00","kind":"step","step":10,"epoch":0,"values":{},"labels":{}}""" + "\n");
        Assert.Contains("holds a run already", Assert.Throws<RunException>(() => RunFolder.Create(mended)).Message);
    }

    [Theory]
    [InlineData("recipe.yaml")]
    [InlineData("log.jsonl")]
    [InlineData("memory.json")]
    [InlineData("vocabulary.txt")]
    [InlineData("events.out.tfevents.1.host")]
    [InlineData("checkpoints/step-000010.partial/notes.txt", "checkpoints")]
    public void Files_that_no_run_made_are_never_written_over(string name, string? told = null)
    {
        using TemporaryFolder folder = new();
        string file = folder.File("mine", name);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, "mine");
        Recipe recipe = name == "vocabulary.txt" ? RecipeIn(folder.File("mine")) : BrightnessRun.Recipe(folder.File("mine"));
        string message = Assert.Throws<RunException>(() => RunFolder.Create(recipe)).Message;
        Assert.Contains($"'{folder.File("mine")}' is no run of Avion and holds '{told ?? name}'", message);
        Assert.Contains("output.folder=", message);
        Assert.Equal("mine", File.ReadAllText(file));
        Assert.Single(Directory.GetFileSystemEntries(folder.File("mine")));
        Assert.Contains(message, TrainingPreview.Of(recipe, new TrainingOptions { Data = BrightnessRun.Data() }).Problems);
    }

    [Fact]
    public void Other_files_do_not_keep_a_run_out_of_their_folder()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.File("notes.txt"), "mine");
        RunFolder.Create(RecipeIn(folder.FullName)).Dispose();
        RunFolder.Create(RecipeIn(folder.FullName)).Dispose();
        Assert.Equal("mine", File.ReadAllText(folder.File("notes.txt")));
    }

    [Fact]
    public void A_preview_tells_of_a_folder_that_cannot_be_written_and_leaves_none_behind()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.File("file"), "");
        TrainingOptions options = new() { Data = BrightnessRun.Data() };
        Assert.Empty(TrainingPreview.Of(BrightnessRun.Recipe(folder.File("a", "b")), options).Problems);
        Assert.Empty(TrainingPreview.Of(BrightnessRun.Recipe(folder.FullName), options).Problems);
        Assert.Equal([folder.File("file")], Directory.GetFileSystemEntries(folder.FullName));
        string[] unwritable =
        [
            folder.File("file", "run"), folder.File("file"), folder.File(new string('a', 300)), .. OperatingSystem.IsLinux() ? ["/proc/x"] : (string[])[],
        ];
        Assert.All(unwritable, path => Assert.StartsWith($"Cannot write the run folder '{path}'",
            Assert.Single(TrainingPreview.Of(BrightnessRun.Recipe(path), options).Problems)));
    }

    [Fact]
    public void A_folder_without_run_or_that_cannot_be_written_is_refused()
    {
        using TemporaryFolder folder = new();
        Assert.Contains("There is no folder", Assert.Throws<RunException>(() => RunFolder.Resume(folder.File("gone"))).Message);
        Assert.Contains("holds no run to resume", Assert.Throws<RunException>(() => RunFolder.Resume(folder.FullName)).Message);
        File.WriteAllText(folder.File("file"), "");
        RunException error = Assert.Throws<RunException>(() => RunFolder.Create(RecipeIn(folder.File("file", "run"))));
        Assert.StartsWith("Cannot write the run folder", error.Message);
    }

    private static Recipe RecipeIn(string folder) => RecipeReader.Override(new Recipe { Name = "test" }, ["output.folder=" + folder]);
}
