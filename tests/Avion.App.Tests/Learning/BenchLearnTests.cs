namespace Avion.App.Tests;

/// <summary>The reduced form of `avion bench learn`: every training learns, and what begins from trained weights learns more.</summary>
public sealed class BenchLearnTests
{
    [Fact]
    public async Task Every_training_reaches_what_the_reduced_form_asks_for()
    {
        Finding program = FfmpegProgram.Examine(), libraries = FfmpegDecoder.Examine();
        Assert.SkipUnless(program.Found && libraries.Found, $"needs ffmpeg: {program.Detail}; {libraries.Detail}");
        using TemporaryFolder folder = new();
        ProcessResult result = await AvionProgram.RunAsync(
            ["bench", "learn", "--quick", "--json", "--output", folder.File("learn")], environment: null, timeoutSeconds: 1200);
        Assert.True(result.ExitCode == 0, result.Output + result.Error);
        using JsonDocument json = JsonDocument.Parse(result.Output);
        Assert.True(json.RootElement.GetProperty("reached").GetBoolean());
        string[] trainings = [.. json.RootElement.GetProperty("figures").EnumerateArray()
            .Select(figure => figure.GetProperty("training").GetString()!).Distinct()];
        Assert.Equal(LearningPlan.Of(isQuick: true).Goals.Select(goal => goal.Trial).Distinct(), trainings);
    }

    [Fact]
    public void Every_recipe_of_the_plan_can_be_read_and_lies_below_the_folder()
    {
        LearningFolders folders = new("elsewhere");
        foreach (LearningTrial trial in LearningPlan.Of(isQuick: false).Trials)
        {
            Recipe recipe = trial.Read(folders, isQuick: false);
            Assert.Equal(folders.RunOf(trial.Name), recipe.Output.Folder);
            Assert.StartsWith(folders.Root, recipe.Data.Train.Videos);
            Assert.All(RecipeSchema.Of(recipe).All, key => Assert.DoesNotContain("\"learn/", key.ValueIn(recipe)));
        }
    }

    [Fact]
    public void Some_of_the_trainings_bring_along_those_that_they_need()
    {
        LearningPlan plan = LearningPlan.Of(isQuick: false).Only(["videomae-finetune"]);
        Assert.Equal(["masked-video", "videomae-finetune", "videomae-from-scratch"], plan.Trials.Select(trial => trial.Name));
        Assert.All(plan.Goals, goal => Assert.Equal("videomae-finetune", goal.Trial));
    }

    [Fact]
    public async Task A_training_that_is_not_there_is_refused_with_those_that_are()
    {
        ProcessResult result = await AvionProgram.RunAsync("bench", "learn", "--only", "contrastif");
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("expected some of contrastive, contrastive-sigmoid", result.Error);
    }
}
