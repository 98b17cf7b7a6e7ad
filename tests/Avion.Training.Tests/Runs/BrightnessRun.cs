namespace Avion.Training.Tests;

/// <summary>Runs of <see cref="BrightnessTask"/> in a folder.</summary>
internal static class BrightnessRun
{
    public const int StepsPerEpoch = 7;
    public const int Epochs = 4;
    public const int TotalSteps = StepsPerEpoch * Epochs;

    static BrightnessRun() => TrainingTasks.Add<BrightnessTask>();

    /// <summary>A recipe with a line of the log for every step and a checkpoint every five.</summary>
    public static Recipe Recipe(string folder, params string[] overrides) =>
        RecipeReader.Override(TrainingTasks.Find(BrightnessTask.Name)!.NewRecipe() with { Name = "brightness" },
        [
            "output.folder=" + folder, "output.log_every_steps=1", "checkpoint.every_steps=5", "checkpoint.every_seconds=0",
            "checkpoint.keep=3", "train.batch_size=4", $"train.epochs={Epochs}", "train.seed=11", "optimizer.learning_rate=0.002",
            "optimizer.clip_gradient_norm=3", "schedule.warmup_epochs=0.5", "data.decode_threads=2", "evaluate.every_epochs=2", .. overrides,
        ]);

    public static TrainingData Data() => SyntheticClips.Data((StepsPerEpoch * 4) + 3, validation: 24);

    /// <summary>What a recipe names to train on; made-up clips where it names none.</summary>
    public static TrainingData Open(Recipe recipe) => recipe.Data.Train is not { Videos: [_, ..] } named
        ? Data()
        : Data() with
        {
            Train = new MixedDataset([.. named.Annotations.Select(path => new MixturePart(new ClipDataset(
                ClipCensus.Take(ClipAnnotations.Read(path), VideoStore.Open(named.Videos, named.ChunkSeconds), null),
                new SegmentSampling(jitter: true), new CentreCrop(), leavesOutAbsent: true)))]),
            Validation = null,
        };

    public static TrainingOutcome Start(
        Recipe recipe, ITrainingObserver? observer = null, TrainingData? data = null, CancellationToken cancellation = default,
        MatrixLibrary? matrix = null) =>
        TrainingRun.Start(recipe, Options(observer, data) with { Matrix = matrix }, cancellation);

    public static TrainingOutcome Resume(string path, ITrainingObserver? observer = null, TrainingData? data = null,
        IEnumerable<string>? overrides = null, CancellationToken cancellation = default, Func<TrainingOptions, TrainingOptions>? with = null) =>
        TrainingRun.Resume(
            path, overrides: overrides, options: (with ?? (options => options))(Options(observer, data)), cancellation: cancellation);

    /// <summary>Step and loss of every line that counts, losses by their bits.</summary>
    public static (long Step, long LossBits)[] Losses(string folder) =>
    [
        .. RunLogReader.Read(Path.Combine(folder, "log.jsonl")).Effective()
            .Where(entry => entry.Kind == RunLogKind.Step)
            .Select(entry => (entry.Step, BitConverter.DoubleToInt64Bits(entry.Values["loss"]))),
    ];

    private static TrainingOptions Options(ITrainingObserver? observer, TrainingData? data) =>
        new() { Observer = observer ?? new SilentObserver(), Data = data, ComputeThreads = 1 };
}
