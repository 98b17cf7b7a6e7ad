namespace Avion.Training.Tests;

/// <summary>The smallest training: a linear layer over the pixels of a picture tells which of some levels of brightness it has.</summary>
internal class BrightnessTask : TrainingTask, ITrainingTask<BrightnessTask>
{
    private float[] _oneHot = [];
    private Tensor _targets;

    protected BrightnessTask(TaskSetup setup) : base(setup) => Model = new BrightnessModel(
        BrightnessOptions.Of(setup.Recipe), setup.Device, setup.Recipe.Train.Seed, withGradients: setup.Purpose != TaskPurpose.Evaluation);

    public static string Name => "brightness";

    public static string Meaning => "A linear layer learns how bright a picture is.";

    public static TaskOptions Options { get; } = new BrightnessOptions();

    public static IEnumerable<RecipeKey> Keys => BrightnessOptions.Keys;

    public static IReadOnlyList<Metric> Metrics { get; } =
    [
        new("accuracy", "accuracy") { IsShown = true },
        new("distance", "distance in levels") { IsLargerBetter = false },
    ];

    public override BrightnessModel Model { get; }

    public override ClipForm Clips => new(FrameCount: 1, Model.ImageSize, Model.ImageSize, LabelCount: 1);

    public static TrainingData OpenData(Recipe recipe, string folder, TaskPurpose purpose) => BrightnessRun.Open(recipe);

    public static BrightnessTask Create(TaskSetup setup) => new(setup);

    public override void Prepare(Tape tape, in BatchTensors batch)
    {
        if (_oneHot.Length < batch.Count * Model.LevelCount)
        {
            _oneHot = new float[batch.Count * Model.LevelCount];
        }

        Span<float> targets = _oneHot.AsSpan(0, batch.Count * Model.LevelCount);
        MixedTargets.Fill(batch.HostLabels, Model.LevelCount, share: 1, smoothing: 0, targets);
        _targets = tape.ImportStatistics(targets, new Shape(batch.Count, Model.LevelCount));
    }

    public override Tensor Loss(Tape tape, in BatchTensors batch, StepMeasurements measured)
    {
        measured.Add("first_bias", Model.Bias.Value.Part(0, 1));
        return tape.SoftmaxCrossEntropy(Classify(tape, batch.Pixels), _targets);
    }

    public override SyntheticBatch CreateSyntheticBatch(int clips, int captionTokens = 0) =>
        new(Model.Device, Clips, clips, classCount: Model.LevelCount);

    public override IEnumerable<IEvaluator> CreateEvaluators(ClipFeed feed) =>
        feed.Data.Validation is null ? [] : [new BrightnessEvaluator(Model, feed)];

    protected virtual Tensor Classify(Tape tape, Tensor pixels) => Model.Classify(tape, pixels);
}

/// <summary>What the task adds to a recipe.</summary>
internal sealed record BrightnessOptions : TaskOptions
{
    public int ImageSize { get; init; } = 8;

    public int Levels { get; init; } = SyntheticClips.Levels;

    public static IEnumerable<RecipeKey> Keys
    {
        get
        {
            RecipeSection<BrightnessOptions> model = TaskSection.Of<BrightnessOptions>("model.");
            yield return model.Integer("image_size", "Height and width of a picture in pixels.", 1, 4096,
                m => m.ImageSize, (m, v) => m with { ImageSize = (int)v });
            yield return model.Integer("levels", "How many levels of brightness there are.", 2, 256,
                m => m.Levels, (m, v) => m with { Levels = (int)v });
        }
    }

    public static BrightnessOptions Of(Recipe recipe) => recipe.OptionsOf<BrightnessOptions>();
}
