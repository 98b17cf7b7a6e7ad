using System.Text.RegularExpressions;

namespace Avion.Training.Tests;

public sealed class MemoryPlannerTests
{
    private const int Threads = 2, VisionBlocks = 4, TextBlocks = 3;

    /// <summary>Every recipe that ships.</summary>
    public static TheoryData<string> RecipeFiles { get; } = [.. Directory
        .GetFiles(Repository.Path("recipes"), "*.yaml", SearchOption.AllDirectories)
        .Select(path => Path.GetRelativePath(Repository.Path("recipes"), path))];

    [Theory]
    [MemberData(nameof(RecipeFiles))]
    public void Every_recipe_can_be_planned(string file)
    {
        using MemoryPlanner planner = new(RecipeReader.ReadFile(Repository.Path("recipes", file)), Threads);
        MemoryPlan all = planner.With(planner.BlockCount), none = planner.With(0);
        Assert.InRange(all.StepBytes, 1, none.StepBytes);
    }

    [Theory]
    [InlineData("0", "float32")]
    [InlineData("0.4", "float32")]
    [InlineData("0.4", "bf16")]
    public void Planned_memory_is_used_and_gradients_are_the_same_for_every_number_of_recomputed_blocks(string dropped, string precision)
    {
        Recipe recipe = Override(SmallRecipe(), $"model.vision.patch_dropout={dropped}", $"model.vision.drop_path={dropped}",
            "train.devices=cpu", $"train.precision={precision}");
        using MemoryPlanner planner = new(recipe, Threads);
        using CpuDevice device = (CpuDevice)DeviceChoice.Of(recipe).Open(threads: Threads);
        Assert.Equal(precision == "bf16" ? ElementType.BFloat16 : ElementType.Float32, device.ActivationType);
        float[]? expected = null;
        foreach ((int vision, int text) in Pairs())
        {
            MemoryPlan plan = planner.With([vision, text]);
            (float[] gradients, long usedBytes) = RunStep(recipe, device, plan);
            Assert.InRange(plan.StepBytes, 0.99 * usedBytes, 1.01 * usedBytes);
            expected ??= gradients;
            Assert.True(expected.AsSpan().SequenceEqual(gradients), $"{plan.BlocksText}: other gradients");
        }

        Assert.Contains(expected!, value => value != 0);
    }

    [Fact]
    public void Fewest_blocks_are_recomputed_that_stay_within_the_budget()
    {
        using MemoryPlanner planner = new(SmallRecipe(), Threads);
        MemoryPlan[] all = [.. Pairs().Select(pair => planner.With([pair.Vision, pair.Text]))];
        long most = all.Max(plan => plan.TotalBytes), least = all.Min(plan => plan.TotalBytes);
        Assert.True(least < 0.8 * most, "Recomputing has to matter for this test to tell anything.");
        Assert.Null(planner.Smallest(least - 1));
        for (int part = 0; part <= 20; part++)
        {
            long budget = least + ((most - least) * part / 20);
            MemoryPlan chosen = planner.Smallest(budget)!;
            Assert.True(chosen.TotalBytes <= budget);
            Assert.Equal(all.Where(plan => plan.TotalBytes <= budget).Min(plan => plan.RecomputedCount), chosen.RecomputedCount);
            Assert.Equal(
                all.Where(plan => plan.RecomputedCount == chosen.RecomputedCount).Min(plan => plan.TotalBytes), chosen.TotalBytes);
        }
    }

    [Fact]
    public void Recomputed_blocks_cost_their_forward_pass_once_more()
    {
        using MemoryPlanner planner = new(SmallRecipe(), Threads);
        IReadOnlyList<MemoryPlan> table = planner.Table();
        Assert.Equal(Enumerable.Range(0, VisionBlocks + TextBlocks + 1), table.Select(plan => plan.RecomputedCount));
        Assert.All(table.Zip(table.Skip(1)), pair => Assert.True(pair.Second.StepFlops > pair.First.StepFlops));
        Assert.InRange((double)table[^1].StepFlops / table[0].StepFlops, 1.2, 1.4);
    }

    [Fact]
    public void A_run_keeps_within_its_budget_and_says_what_it_planned()
    {
        using TemporaryFolder folder = new();
        using MemoryPlanner planner = new(SmallRecipe(), Threads, evaluates: false);
        long budget = planner.With(2).TotalBytes;
        RecordingObserver observer = new();
        TrainingOptions options = new() { Data = SyntheticClips.Data(train: 50), Observer = observer, ComputeThreads = Threads };
        TrainingRun.Start(Override(SmallRecipe(), $"train.memory_budget={budget}", "output.folder=" + folder.File("run")), options);
        Assert.Contains(observer.Messages, message => message.Contains("2 of 7 blocks are recomputed", StringComparison.Ordinal));
        using JsonDocument memory = JsonDocument.Parse(File.ReadAllBytes(folder.File("run", "memory.json")));
        Assert.Equal(2, memory.RootElement.GetProperty("recomputed_blocks").GetInt32());
        Assert.Equal(budget, memory.RootElement.GetProperty("total_bytes").GetInt64());
        RunLogEntry started = RunLogReader.Read(folder.File("run", "log.jsonl")).Entries[0];
        Assert.Equal((budget, 2), ((long)started.Values["planned_bytes"], (int)started.Values["recomputed_blocks"]));

        TrainingRun.Start(Override(SmallRecipe(), "output.folder=" + folder.File("free")), options);
        Assert.Equal(BrightnessRun.Losses(folder.File("free")), BrightnessRun.Losses(folder.File("run")));
    }

    [Fact]
    public void A_batch_comes_in_as_few_parts_as_the_memory_allows_and_blocks_are_recomputed_where_that_is_cheaper()
    {
        Recipe recipe = Override(SmallRecipe(), "train.micro_batch_size=auto");
        using MemoryPlanner planner = new(recipe, Threads, evaluates: false);
        MemoryPlan[] all =
        [
            .. planner.PartCounts.SelectMany(parts =>
            {
                planner.PartCount = parts;
                return planner.Table();
            }),
        ];
        long most = all.Max(plan => plan.TotalBytes), least = all.Min(plan => plan.TotalBytes);
        for (int part = 0; part <= 20; part++)
        {
            long budget = least + ((most - least) * part / 20);
            MemoryPlan chosen = MemoryBudget.Choose(Override(recipe, $"train.memory_budget={budget}"), Threads, evaluates: false);
            MemoryPlan[] fit = [.. all.Where(plan => plan.TotalBytes <= budget)];
            Assert.True(chosen.TotalBytes <= budget);
            Assert.Equal(fit.Min(plan => plan.StepFlops), chosen.StepFlops);
            Assert.Equal(fit.Where(plan => plan.StepFlops == chosen.StepFlops).Min(plan => plan.PartCount), chosen.PartCount);
        }

        RecipeException error = Assert.Throws<RecipeException>(() => MemoryBudget.Choose(
            Override(SmallRecipe(), $"train.memory_budget={least}"), Threads, evaluates: false));
        Assert.Contains("parts of 1: set train.micro_batch_size=auto.", error.Message);
    }

    [Theory]
    [InlineData("cpu", "5", "divides train.batch_size 12: 1, 2, 3, 4, 6, 12.")]
    [InlineData("cpu:2", "3", "divides train.batch_size 12 and that the 2 ranks of train.devices=cpu:2 can share: 2, 4, 6, 12.")]
    [InlineData("cpu", "24", "train.micro_batch_size is 24")]
    public void Parts_that_do_not_divide_the_batch_are_refused_with_those_that_do(string devices, string size, string expected)
    {
        RecipeException error = Assert.Throws<RecipeException>(
            () => Override(SmallRecipe(), $"train.devices={devices}", $"train.micro_batch_size={size}"));
        Assert.Contains(expected, error.Message);
    }

    [Theory]
    [InlineData("auto", "1KiB", "No batch size fits")]
    [InlineData("auto", "BATCH3", "train.batch_size=")]
    [InlineData("false", "PLAN1", "It fits where 1 of 7 blocks are recomputed")]
    [InlineData("0", "PLAN1", "set train.checkpoint_activations=auto")]
    public void Training_that_does_not_fit_is_refused_before_anything_is_made(string blocks, string budget, string remedy)
    {
        using TemporaryFolder folder = new();
        if (budget is "PLAN1" or "BATCH3")
        {
            using MemoryPlanner planner = new(
                budget == "PLAN1" ? SmallRecipe() : Override(SmallRecipe(), "train.batch_size=3"), Threads, evaluates: false);
            budget = $"{planner.With(budget == "PLAN1" ? 1 : planner.BlockCount).TotalBytes}";
        }

        Recipe recipe = Override(
            SmallRecipe(), $"train.checkpoint_activations={blocks}", $"train.memory_budget={budget}",
            "output.folder=" + folder.File("run"));
        RecipeException error = Assert.Throws<RecipeException>(() => TrainingRun.Start(
            recipe, new TrainingOptions { Data = SyntheticClips.Data(train: 50), ComputeThreads = Threads }));
        Assert.Contains("training needs", error.Message);
        Assert.Contains("train.memory_budget is " + budget, error.Message);
        Assert.Contains(remedy, error.Message);
        Assert.False(Directory.Exists(folder.File("run")));
        if (remedy == "train.batch_size=")
        {
            string fits = error.Message.Split(remedy)[1].Split(' ')[0];
            Assert.Equal("3", fits);
            MemoryBudget.Choose(Override(recipe, $"train.batch_size={fits}"), Threads, evaluates: false);
        }
    }

    /// <summary>A batch that is beyond any machine that runs tests.</summary>
    [Fact]
    public void A_plan_that_is_stated_in_full_is_held_against_the_machine_s_memory_too()
    {
        Recipe recipe = Override(SmallRecipe(), "train.checkpoint_activations=true", "train.batch_size=131072", "model.vision.layers=1",
            "model.text.layers=1");
        string problem = Assert.Single(Assert.Throws<RecipeException>(() => MemoryBudget.Choose(recipe, Threads, evaluates: false)).Problems);
        Assert.Contains("but this machine has", problem);
        string fits = Regex.Match(problem, @"train\.batch_size=(\d+) fits").Groups[1].Value;
        MemoryBudget.Choose(Override(recipe, "train.checkpoint_activations=auto", $"train.batch_size={fits}"), Threads, evaluates: false);
    }

    [Fact]
    public void A_preview_tells_of_a_plan_beyond_the_memory_and_all_else_that_it_knows()
    {
        TrainingPreview preview = TrainingPreview.Of(Override(SmallRecipe(), "train.memory_budget=2MiB"));
        Assert.Contains(preview.Problems, problem => problem.Contains("train.memory_budget is 2MiB", StringComparison.Ordinal));
        Assert.True(preview.Summary!.Memory.TotalBytes > preview.Summary.BudgetBytes);
    }

    [Theory]
    [InlineData("24GiB", 24L << 30)]
    [InlineData("1.5 mib", 3L << 19)]
    [InlineData("2GB", 2_000_000_000)]
    [InlineData("1048576", 1048576)]
    [InlineData("7 B", 7)]
    public void Sizes_are_read_with_their_units(string text, long bytes)
    {
        Assert.True(ByteSize.TryParse(text, out long read));
        Assert.Equal(bytes, read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("GiB")]
    [InlineData("-1GiB")]
    [InlineData("0")]
    [InlineData("1e9")]
    [InlineData("24")]
    [InlineData("1048575")]
    [InlineData("12 apples")]
    [InlineData("99999999999TiB")]
    public void What_is_no_size_is_refused(string text) => Assert.False(ByteSize.TryParse(text, out _));

    private static IEnumerable<(int Vision, int Text)> Pairs() =>
        from vision in Enumerable.Range(0, VisionBlocks + 1) from text in Enumerable.Range(0, TextBlocks + 1) select (vision, text);

    private static Recipe SmallRecipe() => DualEncoderRunTests.TinyRecipe(
        "unused", $"model.vision.layers={VisionBlocks}", $"model.text.layers={TextBlocks}", "model.text.vocabulary_size=514",
        "train.batch_size=12", "model.vision.image_size=64");

    private static Recipe Override(Recipe recipe, params string[] overrides) => RecipeReader.Override(recipe, overrides);

    /// <summary>All gradients of one step on made-up clips and captions of full length, and the memory that it took.</summary>
    private static (float[] Gradients, long UsedBytes) RunStep(Recipe recipe, CpuDevice device, MemoryPlan plan)
    {
        using TrainingTask task = TrainingTasks.Of(recipe).Create(TaskSetup.ForMeasuring(recipe, device));
        plan.ApplyTo(task.Model);
        using SyntheticBatch batch = task.CreateSyntheticBatch(recipe.Train.BatchSize);
        using StepMeasurements measurements = new(device);
        using Tape tape = new(device, plan.StepBytes);
        using BatchGradients step = new(task, tape, measurements, plan.PartCount);
        step.Add(new StepContext { Seed = recipe.Train.Seed, IsTraining = true }, batch.Tensors);
        float[] gradients = new float[task.Model.Parameters.FlatCount];
        device.Download(task.Model.Parameters.Gradients, gradients);
        return (gradients, tape.Arena.PeakBytes);
    }
}
