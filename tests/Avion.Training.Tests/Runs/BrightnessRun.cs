namespace Avion.Training.Tests;

/// <summary>Runs of <see cref="BrightnessObjective"/> in a folder.</summary>
internal static class BrightnessRun
{
    public const int StepsPerEpoch = 7;
    public const int Epochs = 4;
    public const int TotalSteps = StepsPerEpoch * Epochs;

    /// <summary>A recipe with a line of the log for every step and a checkpoint every five.</summary>
    public static Recipe Recipe(string folder, params string[] overrides) => RecipeReader.Override(new Recipe { Name = "brightness" },
    [
        "output.folder=" + folder, "output.log_every_steps=1", "checkpoint.every_steps=5", "checkpoint.every_seconds=0",
        "checkpoint.keep=3", "train.batch_size=4", $"train.epochs={Epochs}", "train.seed=11", "optimizer.learning_rate=0.05",
        "optimizer.clip_gradient_norm=3", "schedule.warmup_epochs=0.5", "model.vision.frames=2", "model.vision.image_size=8",
        "model.vision.patch_size=8", "model.text.context_length=8", "data.decode_threads=2", "evaluate.every_epochs=2", .. overrides,
    ]);

    public static TrainingData Data() => SyntheticClips.Data((StepsPerEpoch * 4) + 3);

    public static TrainingOutcome Start(Recipe recipe, ITrainingObserver? observer = null, TrainingData? data = null,
        Action<BrightnessObjective>? change = null, CancellationToken cancellation = default)
    {
        using RunFolder folder = RunFolder.Create(recipe);
        return Run(folder, observer, data, change, cancellation);
    }

    public static TrainingOutcome Resume(string path, ITrainingObserver? observer = null, TrainingData? data = null,
        IEnumerable<string>? overrides = null, CancellationToken cancellation = default)
    {
        using RunFolder folder = RunFolder.Resume(path, overrides: overrides);
        return Run(folder, observer, data, null, cancellation);
    }

    /// <summary>Step and loss of every line that counts, losses by their bits.</summary>
    public static (long Step, long LossBits)[] Losses(string folder) =>
    [
        .. RunLogReader.Read(System.IO.Path.Combine(folder, "log.jsonl")).Effective()
            .Where(entry => entry.Kind == RunLogKind.Step)
            .Select(entry => (entry.Step, BitConverter.DoubleToInt64Bits(entry.Values["loss"]))),
    ];

    private static TrainingOutcome Run(
        RunFolder folder, ITrainingObserver? observer, TrainingData? data, Action<BrightnessObjective>? change,
        CancellationToken cancellation)
    {
        using Device device = new CpuDevice(1);
        using BrightnessObjective objective = new(device);
        change?.Invoke(objective);
        return TrainingSession.Run(
            folder, data ?? Data(), objective, objective, device, new TrainingOptions { Observer = observer ?? new SilentObserver() },
            cancellation);
    }
}

/// <summary>Keeps what it is told and calls back after each step.</summary>
internal sealed class RecordingObserver(Action<long>? stepDone = null) : ITrainingObserver
{
    public List<string> Messages { get; } = [];

    public List<string> Warnings { get; } = [];

    public List<long> EvaluatedSteps { get; } = [];

    public TrainingProgress Last { get; private set; }

    public void Message(string text) => Messages.Add(text);

    public void Warning(string text) => Warnings.Add(text);

    public void StepCompleted(in TrainingProgress progress)
    {
        Last = progress;
        stepDone?.Invoke(progress.Step);
    }

    public void EvaluationProgress(long clips, long totalClips)
    {
    }

    public void Evaluated(long step, EvaluationResult result) => EvaluatedSteps.Add(step);
}
