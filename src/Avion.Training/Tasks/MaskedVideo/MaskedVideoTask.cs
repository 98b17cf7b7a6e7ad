namespace Avion.Training;

/// <summary>A masked autoencoder learns to predict the pixels of the tubes that it does not see.</summary>
/// <remarks>Source: Tong et al. 2022, "VideoMAE" (arXiv:2203.12602).</remarks>
public sealed class MaskedVideoTask : TrainingTask, ITrainingTask<MaskedVideoTask>
{
    private readonly double _maskRatio;
    private readonly int _cellCount, _tokenCount;
    private MaskPlan? _masks;
    private bool[] _hidden = [];

    /// <summary>Trains a model that is there; the task disposes it.</summary>
    public MaskedVideoTask(TaskSetup setup, VideoMae model) : base(setup)
    {
        TubeletConfig tubelets = model.Config.Tubelets;
        Model = model;
        _maskRatio = MaskedVideoOptions.Of(setup.Recipe).MaskRatio;
        _tokenCount = tubelets.TokenCount;
        _cellCount = tubelets.ImageSize / tubelets.PatchSize * (tubelets.ImageSize / tubelets.PatchSize);
    }

    /// <inheritdoc />
    public static string Name => "masked-video";

    /// <inheritdoc />
    public static string Meaning => "A masked video autoencoder (VideoMAE) learns to predict the pixels that it does not see.";

    /// <inheritdoc />
    public static TaskOptions Options { get; } = new MaskedVideoOptions();

    /// <inheritdoc />
    public static IEnumerable<RecipeKey> Keys => MaskedVideoOptions.Keys;

    /// <inheritdoc />
    public static IReadOnlyList<Metric> Metrics { get; } = [];

    /// <summary>Clips are cut as published: every fourth frame of whole files, crops of a few sizes, half of them mirrored.</summary>
    public static Recipe WithDefaults(Recipe recipe) => recipe with
    {
        Data = recipe.Data with
        {
            Train = recipe.Data.Train with { ChunkSeconds = 0 },
            Validation = recipe.Data.Validation with { ChunkSeconds = 0 },
            FrameSampling = "strided",
            Crop = "multi_scale",
            FlipProbability = 0.5,
        },
    };

    /// <inheritdoc />
    public override VideoMae Model { get; }

    /// <inheritdoc />
    public override ClipForm Clips
    {
        get
        {
            TubeletConfig tubelets = Model.Config.Tubelets;
            return new ClipForm(tubelets.FrameCount, tubelets.ImageSize, tubelets.ImageSize);
        }
    }

    /// <inheritdoc />
    public override IReadOnlyList<Elimination> Eliminations { get; } =
        [new("hidden tokens alone are predicted", EliminationKind.UnreadRows)];

    /// <inheritdoc />
    public static TrainingData OpenData(Recipe recipe, string folder, TaskPurpose purpose) => throw new RunException(
        $"Task '{Name}' can be planned, counted and timed, but does not open data yet. Give a program's own TrainingData, or use task "
        + $"'{ContrastiveTask.Name}'.");

    /// <inheritdoc />
    public static MaskedVideoTask Create(TaskSetup setup)
    {
        MaskedVideoOptions options = MaskedVideoOptions.Of(setup.Recipe);
        return new MaskedVideoTask(setup, VideoMae.Create(options.ModelConfig(), setup.Device, setup.Recipe.Train.Seed,
            PixelNormalization.Get(options.PixelNormalization), withGradients: setup.Purpose != TaskPurpose.Evaluation,
            freezes: setup.Freezes));
    }

    /// <summary>Draws the tubes that are hidden of each clip.</summary>
    public override void Prepare(Tape tape, in BatchTensors batch)
    {
        if (_hidden.Length < batch.Count * _tokenCount)
        {
            _masks?.Dispose();
            _masks = new MaskPlan(Model.Device, _tokenCount, batch.Count);
            _hidden = new bool[batch.Count * _tokenCount];
        }

        StepContext context = tape.Context;
        for (int clip = 0; clip < batch.Count; clip++)
        {
            CounterRandom random = CounterRandom.For(context.Seed, "tube mask", context.Position, (ulong)context.SampleNumber(clip));
            TubeMask.Draw(ref random, _cellCount, _maskRatio, _hidden.AsSpan(clip * _tokenCount, _tokenCount));
        }

        _masks!.Set(_hidden.AsSpan(0, batch.Count * _tokenCount));
    }

    /// <inheritdoc />
    public override Tensor Loss(Tape tape, in BatchTensors batch, StepMeasurements measured) => Model.Loss(tape, batch.Pixels, _masks!);

    /// <inheritdoc />
    public override void Dispose()
    {
        _masks?.Dispose();
        base.Dispose();
    }
}
