namespace Avion.App.Tests;

public sealed class TrainTests
{
    [Fact]
    public async Task A_dry_run_writes_a_recipe_that_reads_back_the_same()
    {
        string path = Repository.Path("recipes", "demo.yaml");
        ProcessResult result = await AvionProgram.RunAsync("train", path, "--set", "train.epochs=3", "--set", "name=other", "--dry-run");
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Equal(RecipeReader.ReadFile(path, ["train.epochs=3", "name=other"]), RecipeReader.Read(result.Output, "output"));
    }

    [Fact]
    public async Task The_largest_seed_is_kept()
    {
        ProcessResult result = await AvionProgram.RunAsync(
            "train", Repository.Path("recipes", "demo.yaml"), "--set", $"train.seed={ulong.MaxValue}", "--dry-run");
        Assert.Equal(0, result.ExitCode);
        Assert.Equal(ulong.MaxValue, RecipeReader.Read(result.Output, "output").Train.Seed);
    }

    [Theory]
    [InlineData(2, "Nothing to train", "train")]
    [InlineData(2, "unknown key 'train.epoch'. The nearest known one is 'train.epochs'", "train", "RECIPE", "--set", "train.epoch=3")]
    [InlineData(2, "'train.epochs' is 'x', expected a whole number", "train", "RECIPE", "--set", "train.epochs=x", "--set", "seed=1")]
    [InlineData(2, "Recipe 'no-such.yaml': there is no such file", "train", "no-such.yaml")]
    [InlineData(2, "it is a folder", "train", "/")]
    [InlineData(2, "there is no such file", "plan", "no-such.yaml")]
    [InlineData(2, "there is no such file", "bench", "step", "no-such.yaml")]
    [InlineData(2, "'train.seed' is '18446744073709551616', expected a whole number from 0 to 18446744073709551615",
        "train", "RECIPE", "--set", "train.seed=18446744073709551616")]
    [InlineData(2, "expected A-B with 1 <= A <= B", "train", "RECIPE", "--trace", "t.json", "--trace-steps", "6-4")]
    [InlineData(2, "not where to", "train", "RECIPE", "--trace-steps", "4-6")]
    [InlineData(2, "a file that is not named .json", "train", "RECIPE", "--trace", "RECIPE")]
    [InlineData(2, "a file that is not named .json", "bench", "step", "RECIPE", "--trace", "RECIPE")]
    [InlineData(1, "holds no run to resume", "train", "--resume", "no-such-run")]
    [InlineData(1, "neither a checkpoint nor a run", "eval", "no-such-run")]
    public async Task A_wrong_command_ends_with_one_sentence_and_its_exit_code(int exitCode, string sentence, params string[] arguments)
    {
        using TemporaryFolder folder = new();
        ProcessResult result = await AvionProgram.RunAsync(
            [.. System.Array.ConvertAll(arguments, text => text == "RECIPE" ? Repository.Path("recipes", "demo.yaml") : text)]);
        Assert.Equal(exitCode, result.ExitCode);
        Assert.Contains(sentence, result.Error);
        Assert.DoesNotContain("bug in Avion", result.Error);
        Assert.Empty(result.Output);
    }

    [Fact]
    public async Task Missing_annotations_are_named_and_nothing_is_claimed_done()
    {
        using TemporaryFolder folder = new();
        ProcessResult result = await AvionProgram.RunAsync("train", Repository.Path("recipes", "demo.yaml"),
            "--set", $"output.folder={folder.File("run")}", "--set", $"data.train.annotations={folder.File("absent.csv")}",
            "--set", $"data.train.videos={folder.FullName}");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("absent.csv", result.Error);
        Assert.DoesNotContain("bug in Avion", result.Error);
    }
}
