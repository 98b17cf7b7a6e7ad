namespace Avion.Training.Tests;

/// <summary>A task that Avion does not know goes through everything that is around tasks.</summary>
public sealed class AddedTaskTests
{
    public AddedTaskTests() => TrainingTasks.Add<BrightnessTask>();

    [Fact]
    public void It_learns_and_its_checkpoint_evaluates_to_the_same_numbers()
    {
        using TemporaryFolder folder = new();
        TrainingOutcome outcome = BrightnessRun.Start(BrightnessRun.Recipe(folder.File("run"), "train.epochs=40", "evaluate.every_epochs=0"));
        EvaluationResult result = outcome.Evaluation!;
        Assert.Equal(1.0 / SyntheticClips.Levels, result["accuracy_chance"]);
        Assert.True(result["accuracy"] > 3 * result["accuracy_chance"], $"The accuracy is {result["accuracy"]}.");
        Assert.Equal(result.Values, Evaluation.Run(outcome.Folder).Values);
    }

    [Fact]
    public void Its_step_is_planned_counted_and_timed()
    {
        Recipe recipe = BrightnessRun.Recipe("unused");
        using MemoryPlanner planner = new(recipe, threads: 1);
        MemoryPlan plan = planner.Smallest(1 << 20)!;
        Assert.Equal((0, "there are no blocks to recompute"), (plan.BlockCount, plan.BlocksText));
        Assert.Equal(2 * plan.ParameterBytes, plan.OptimizerBytes);

        // Forward, and the gradient of the weights: 2 operations a picture, value and level each.
        StepFlops flops = StepFlops.Of(recipe);
        double products = 2 * 2 * recipe.Train.BatchSize * 3 * 8 * 8 * SyntheticClips.Levels;
        Assert.InRange(flops.Naive, products, 1.5 * products);
        Assert.Equal((flops.Naive, plan.StepFlops), (flops.Needed, flops.Needed));

        using StepBenchmark benchmark = new(recipe, threads: 1);
        StepBenchmarkResult result = benchmark.Run(3, measuresPeak: false, TestContext.Current.CancellationToken);
        Assert.Equal((4, plan.StepBytes, plan.StepBytes), (result.BatchSize, result.PlannedBytes, result.UsedBytes));
        Assert.Equal(0, result.ManagedBytesPerStep);
    }

    [Fact]
    public void The_best_checkpoint_may_be_the_one_with_the_smallest_value_of_a_metric()
    {
        using TemporaryFolder folder = new();
        TrainingOutcome outcome = BrightnessRun.Start(
            BrightnessRun.Recipe(folder.File("run"), "evaluate.every_epochs=1", "evaluate.best_metric=distance"));
        (long step, double value) = RunLogReader.Read(folder.File("run", "log.jsonl")).Entries
            .Where(entry => entry.Kind == RunLogKind.Evaluation).Select(entry => (entry.Step, entry.Values["distance"])).MinBy(pair => pair.Item2);
        Assert.Equal((value, step), (outcome.BestValue!.Value, outcome.BestStep!.Value));
    }

    [Fact]
    public void Its_recipes_have_its_keys_and_no_others()
    {
        Recipe recipe = RecipeReader.Read("task: brightness\nmodel: {levels: 5}", "file.yaml", ["model.image_size=6"]);
        Assert.Equal(new BrightnessOptions { ImageSize = 6, Levels = 5 }, recipe.Options);
        Assert.Equal("accuracy", recipe.Evaluate.BestMetric);
        Assert.Equal(recipe, RecipeReader.Read(RecipeWriter.ToYaml(recipe), "written"));
        Assert.DoesNotContain("vocabulary", RecipeWriter.ToYaml(recipe));
        AssertProblem("task: brightness\nmodel: {imagesize: 6}",
            "line 2: unknown key 'model.imagesize'. The nearest known one is 'model.image_size'.");
        AssertProblem("task: brightness\nmodle: {levels: 4}", "line 2: unknown section 'modle'. The nearest known one is 'model'.");
        AssertProblem("task: brightness\nevaluate: {best_metric: map_t2v}",
            "line 2: 'evaluate.best_metric' is 'map_t2v', expected one of accuracy, distance.");
        AssertProblem("task: brightnes", "line 1: 'task' is 'brightnes', expected one of contrastive, retrieval, classification, masked-video.");
        Assert.Contains("'task' is 'masked-video'",
            Assert.Throws<RecipeException>(() => RecipeReader.Override(recipe, ["task=masked-video"])).Message);
    }

    [Fact]
    public void A_name_belongs_to_one_task()
    {
        TrainingTasks.Add<BrightnessTask>();
        Assert.Contains("'brightness' is BrightnessTask already", Assert.Throws<ArgumentException>(TrainingTasks.Add<OtherBrightness>).Message);
    }

    [Fact]
    public void A_recipe_without_data_says_so()
    {
        using TemporaryFolder folder = new();
        Recipe recipe = RecipeReader.Read("task: masked-video\nmodel: {encoder: {layers: 1}, decoder: {layers: 1}, image_size: 32}\n"
            + $"output: {{folder: {folder.File("run")}}}\ntrain: {{batch_size: 2}}", "file.yaml");
        Assert.Contains("The recipe names no data.train.videos", Assert.Throws<RunException>(() => TrainingRun.Start(recipe)).Message);
    }

    private static void AssertProblem(string yaml, string problem) =>
        Assert.Equal(problem, Assert.Throws<RecipeException>(() => RecipeReader.Read(yaml, "file.yaml")).Problems.Single());

    /// <summary>Another task of the same name.</summary>
    private sealed class OtherBrightness(TaskSetup setup) : BrightnessTask(setup), ITrainingTask<OtherBrightness>
    {
        static OtherBrightness ITrainingTask<OtherBrightness>.Create(TaskSetup setup) => new(setup);
    }
}
