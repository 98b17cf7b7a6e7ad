using System.Text.Json;

namespace Avion.App.Tests;

public sealed class TrainTests
{
    [Fact]
    public async Task A_dry_run_writes_a_recipe_that_reads_back_the_same_and_says_what_is_missing()
    {
        string path = Repository.Path("recipes", "demo.yaml");
        ProcessResult result = await AvionProgram.RunAsync("train", path, "--set", "train.epochs=3", "--set", "name=other", "--dry-run");
        Assert.Equal(2, result.ExitCode);
        Assert.StartsWith("Training cannot begin yet. Missing: data.train.videos", result.Error);
        Assert.Contains("# Missing: data.train.videos: there is no file or folder 'demo/data/videos'. The demo makes it: avion demo --data-only",
            result.Output);
        Assert.Equal(RecipeReader.ReadFile(path, ["train.epochs=3", "name=other"]), RecipeReader.Read(result.Output, "output"));
    }

    [Fact]
    public async Task The_largest_seed_is_kept()
    {
        ProcessResult result = await AvionProgram.RunAsync(
            "train", Repository.Path("recipes", "demo.yaml"), "--set", $"train.seed={ulong.MaxValue}", "--dry-run");
        Assert.Equal(ulong.MaxValue, RecipeReader.Read(result.Output, "output").Train.Seed);
    }

    [Fact]
    public async Task A_dry_run_as_JSON_counts_parameters_operations_and_memory()
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder.File("none.mp4"), [0]);
        File.WriteAllText(folder.File("clips.csv"), "video,start,end,caption\nnone.mp4,0,1,a word\nnone.mp4,1,2,other words\n");
        ProcessResult result = await AvionProgram.RunAsync("train", Repository.Path("recipes", "demo.yaml"), "--dry-run", "--json",
            "--set", $"data.train.annotations={folder.File("clips.csv")}", "--set", $"data.train.videos={folder.FullName}",
            "--set", "data.validation.annotations=[]", "--set", "data.validation.videos=", "--set", "data.train.chunk_seconds=0", "--set", "train.batch_size=2",
            "--set", "model.freeze=[visual.*, logit_scale]");
        using JsonDocument json = JsonDocument.Parse(result.Output);
        JsonElement root = json.RootElement;
        Assert.Equal(0, root.GetProperty("missing").GetArrayLength());
        Assert.Equal((2, 2), (root.GetProperty("data").GetProperty("clips").GetInt32(), root.GetProperty("data").GetProperty("captions").GetInt32()));
        long frozen = root.GetProperty("frozen_parameters").GetInt64(), all = root.GetProperty("parameters").GetInt64();
        Assert.Equal(all, frozen + root.GetProperty("trained_parameters").GetInt64());

        // 4 blocks of 12 D² + 13 D, D = 96; 17 positions, 4 frames, a class token; 432 x 96 patches; 2 norms; 96 x 64; the scale.
        Assert.Equal((4 * ((12 * 96 * 96) + (13 * 96))) + (22 * 96) + (432 * 96) + (4 * 96) + (96 * 64) + 1, frozen);
        Assert.True(root.GetProperty("step_gigaflop").GetDouble() > 0);
        Assert.True(root.GetProperty("memory").GetProperty("total_bytes").GetInt64() > 0);
        Assert.Equal("demo", RecipeReader.Read(root.GetProperty("recipe").GetString()!, "output").Name);
    }

    [Theory]
    [InlineData(0, "", "--device", "cpu")]
    [InlineData(3, "Problem: There is no ", "--device", "cuda")]
    [InlineData(2, "and 1 more", "--device", "cuda", "--set", "data.train.annotations=absent.csv")]
    public async Task A_dry_run_tells_a_device_that_is_not_there_by_its_own_exit_code(int exitCode, string told, params string[] arguments)
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder.File("none.mp4"), [0]);
        File.WriteAllText(folder.File("clips.csv"), "video,start,end,caption\nnone.mp4,0,1,a word\nnone.mp4,1,2,other words\n");
        ProcessResult result = await AvionProgram.RunAsync(
            ["train", Repository.Path("recipes", "demo.yaml"), "--dry-run", "--set", $"output.folder={folder.File("run")}",
                "--set", $"data.train.annotations={folder.File("clips.csv")}", "--set", $"data.train.videos={folder.FullName}",
                "--set", "data.validation.annotations=[]", "--set", "data.validation.videos=", "--set", "data.train.chunk_seconds=0",
                "--set", "train.batch_size=2", .. arguments],
            new Dictionary<string, string?> { ["CUDA_VISIBLE_DEVICES"] = "" });
        Assert.Equal(exitCode, result.ExitCode);
        Assert.Contains(told, result.Error);
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
    [InlineData(2, "There is no file or folder 'no-such-run', expected a run folder. Check the path.", "train", "--resume", "no-such-run")]
    [InlineData(2, "it is a file of weights, expected a YAML file. Train from it with: avion train RECIPE.yaml --set model.initialize_from=w.pt",
        "train", "w.pt")]
    [InlineData(2, "--set: 'train.epochs' is 'x', expected a whole number", "train", "RECIPE", "--set", "train.epochs=x")]
    [InlineData(2, "model.initialize_from: There is no file or folder 'absent.pt'.", "train", "RECIPE", "--set", "model.initialize_from=absent.pt")]
    [InlineData(2, "Cannot use 'README.md'", "train", "RECIPE", "--set", "model.initialize_from=README.md")]
    [InlineData(2, "neither a checkpoint nor a run", "train", "RECIPE", "--set", "model.initialize_from=docs")]
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

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_folder_with_a_recipe_of_the_user_is_refused_before_anything_is_written(bool isDryRun)
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.File("recipe.yaml"), "mine");
        ProcessResult result = await AvionProgram.RunAsync(["train", Repository.Path("recipes", "demo.yaml"),
            "--set", $"output.folder={folder.FullName}", .. isDryRun ? ["--dry-run"] : (string[])[]]);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("is no run of Avion and holds 'recipe.yaml'", isDryRun ? result.Output : result.Error);
        Assert.Equal("mine", File.ReadAllText(Assert.Single(Directory.GetFileSystemEntries(folder.FullName))));
    }

    [Fact]
    public async Task Missing_annotations_are_named_and_nothing_is_claimed_done()
    {
        using TemporaryFolder folder = new();
        ProcessResult result = await AvionProgram.RunAsync("train", Repository.Path("recipes", "demo.yaml"),
            "--set", $"output.folder={folder.File("run")}", "--set", $"data.train.annotations={folder.File("absent.csv")}",
            "--set", $"data.train.videos={folder.FullName}");
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("absent.csv", result.Error);
        Assert.DoesNotContain("bug in Avion", result.Error);
    }
}
