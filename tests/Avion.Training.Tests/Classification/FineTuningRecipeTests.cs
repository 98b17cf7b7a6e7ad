namespace Avion.Training.Tests;

/// <summary>The recipes of fine-tuning, with everything in place but the sizes, take steps and evaluate on generated clips.</summary>
public sealed class FineTuningRecipeTests : IDisposable
{
    private static readonly string[] s_small =
    [
        "model.initialize_from=", "model.vision.frames=2", "model.vision.image_size=8", "model.vision.patch_size=4",
        "model.vision.width=16", "model.vision.layers=2", "model.vision.heads=2", "train.batch_size=8", "evaluate.batch_size=16", "checkpoint.every_seconds=0",
        "output.log_every_steps=1",
    ];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("ek100-cls-vitb16", "SgdOptimizer", 0.25)]
    [InlineData("ek100-cls-vitl14", "SgdOptimizer", 0.25)]
    [InlineData("videomae-vitb16-finetune", "AdamWOptimizer", 0.25)]
    [InlineData("finetune-classifier", "AdamWOptimizer", 0.125)]
    public void A_classifier_of_the_recipe_trains_and_is_scored(string name, string optimizer, double dropPath)
    {
        Recipe recipe = Small(name, "train.epochs=3", "schedule.warmup_epochs=1", $"model.classes={SyntheticClips.Levels}",
            $"model.vision.drop_path={RecipeText.Of(dropPath)}");
        TrainingOptions options = new() { Data = SyntheticClips.Data(32, 30), ComputeThreads = 1 };
        using (CpuDevice device = new(1))
        using (TrainingTask task = TrainingTasks.Of(recipe).Create(new TaskSetup(recipe, device, options.Data, TaskPurpose.Training)))
        using (Optimizer update = Optimizer.Create(recipe.Optimizer, task.Model.Parameters, device))
        {
            Assert.Equal(optimizer, update.GetType().Name);
        }

        TrainingOutcome outcome = TrainingRun.Start(recipe, options);
        Assert.True(outcome.IsComplete);
        Assert.Equal(12, outcome.Steps);
        Assert.InRange(outcome.Evaluation!["top5"], 0, 1);
        Assert.Equal(name == "videomae-vitb16-finetune" ? 2 : 30, outcome.Evaluation["clips"]);
    }

    [Fact]
    public void Captions_of_ones_own_train_and_are_scored()
    {
        Recipe recipe = Small("finetune-clip", "train.epochs=2", "data.vocabulary=", "model.embedding_size=16",
            "model.text.context_length=8", "model.text.vocabulary_size=600", "model.text.width=16", "model.text.layers=1",
            "model.text.heads=2");
        TrainingOutcome outcome = TrainingRun.Start(
            recipe, new TrainingOptions { Data = SyntheticClips.Data(32, 16), ComputeThreads = 1 });
        Assert.True(outcome.IsComplete);
        Assert.Equal(16, outcome.Evaluation!["clips"]);
    }

    /// <summary>What the published trainings state, from the reference's own command lines.</summary>
    [Fact]
    public void Rates_and_mixing_are_the_published_ones()
    {
        Recipe actions = Read("ek100-cls-vitb16"), kinetics = Read("videomae-vitb16-finetune");
        Assert.Equal(0.012, actions.Optimizer.LearningRate * actions.Optimizer.LearningRateFactor(actions.Train.BatchSize), 1e-12);
        Assert.Equal(1.5e-3, kinetics.Optimizer.LearningRate * kinetics.Optimizer.LearningRateFactor(kinetics.Train.BatchSize), 1e-12);
        foreach (Recipe recipe in new[] { actions, kinetics })
        {
            ClassificationOptions options = ClassificationOptions.Of(recipe);
            Assert.Equal((0.8, 1.0, 1.0, 0.5), (options.Mixing.Mixup, options.Mixing.CutMix, options.Mixing.Probability,
                options.Mixing.SwitchProbability));
            Assert.Equal((0.1, 0.1, 16), (options.LabelSmoothing, options.Vision.DropPath, options.Vision.Frames));
        }

        Assert.Equal((3806, 0.5), (ClassificationOptions.Of(actions).Classes, ClassificationOptions.Of(actions).Dropout));
        Assert.Equal((5, 3, 400),
            (kinetics.Evaluate.TemporalViews, kinetics.Evaluate.SpatialViews, ClassificationOptions.Of(kinetics).Classes));
    }

    /// <summary>scale = decay^(13 - i): 0 for what lies before the blocks, k + 1 for block k, 13 after them.</summary>
    [Fact]
    public void Layers_of_the_published_encoder_have_the_published_rates()
    {
        Recipe recipe = RecipeReader.Override(Read("videomae-vitb16-finetune"),
            ["model.vision.width=16", "model.vision.heads=2", "model.vision.image_size=32", "model.vision.frames=2"]);
        using CpuDevice device = new(1);
        using ClassificationTask task = ClassificationTask.Create(TaskSetup.ForMeasuring(recipe, device));
        LayerDecay decay = new(task.Model.Parameters, recipe.Optimizer.LayerDecay);
        foreach (Parameter parameter in task.Model.Parameters.Parameters)
        {
            string[] parts = parameter.Name.Split('.');
            int layer = parts[0] switch { "patch_embed" => 0, "blocks" => int.Parse(parts[1], CultureInfo.InvariantCulture) + 1, _ => 13 };
            Assert.Equal(Math.Pow(0.75, 13 - layer), decay.FactorOf(parameter), 1e-12);
        }

        Assert.Equal(0.02376, decay.FactorOf(task.Model.Parameters.Parameters.First(p => p.Name == "patch_embed.proj.weight")), 1e-5);
    }

    private static Recipe Read(string name) => RecipeReader.ReadFile(Repository.Path("recipes", name + ".yaml"));

    private Recipe Small(string name, params string[] overrides) => RecipeReader.ReadFile(
        Repository.Path("recipes", name + ".yaml"), [.. s_small, "output.folder=" + _folder.File("run"), .. overrides]);
}
