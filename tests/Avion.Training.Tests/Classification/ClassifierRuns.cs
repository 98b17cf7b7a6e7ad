namespace Avion.Training.Tests;

/// <summary>Runs of tiny classifiers on clips whose brightness is their class.</summary>
internal static class ClassifierRuns
{
    /// <summary>A classifier that takes milliseconds a step, on 8-pixel clips of 2 frames.</summary>
    public static Recipe Recipe(string folder, params string[] overrides) =>
        RecipeReader.Override(TrainingTasks.Find(ClassificationTask.Name)!.NewRecipe() with { Name = "tiny" },
        [
            "output.folder=" + folder, "output.log_every_steps=1", "checkpoint.every_steps=4", "checkpoint.every_seconds=0",
            "train.batch_size=8", "train.epochs=2", "train.seed=3", "optimizer.learning_rate=3e-3", "optimizer.clip_gradient_norm=1",
            "schedule.start_learning_rate=1e-4", "schedule.end_learning_rate=1e-4", "evaluate.every_epochs=0", "evaluate.batch_size=16",
            "data.decode_threads=2", $"model.classes={SyntheticClips.Levels}", "model.vision.frames=2", "model.vision.image_size=8",
            "model.vision.patch_size=4", "model.vision.width=32", "model.vision.layers=2", "model.vision.heads=2", .. overrides,
        ]);

    /// <summary>Everything that is drawn at random in the training of a classifier.</summary>
    public static string[] AllDraws { get; } =
    [
        "train.mixing.mixup=0.8", "train.mixing.cutmix=1", "train.label_smoothing=0.1", "model.dropout=0.2", "model.vision.drop_path=0.1",
        "optimizer.layer_decay=0.8", "data.rand_augment.operations=4", "data.random_erasing.probability=0.25", "data.repeats=2",
    ];
}
