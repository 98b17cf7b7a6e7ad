namespace Avion.Training;

/// <summary>A masked autoencoder learns to predict the pixels of the tubes that it does not see.</summary>
/// <remarks>
/// Loss: mean over clips, predicted tubelets and their values of (prediction - target)²; target: the tubelet's pixels, normalized by its
/// own mean and deviation. Source: Tong et al. 2022, "VideoMAE" (arXiv:2203.12602); decoders that predict some of the hidden tubelets: Wang
/// et al. 2023, "VideoMAE V2" (arXiv:2303.16727) and Hwang et al. 2024, "EVEREST" (arXiv:2211.10636).
/// </remarks>
public sealed class MaskedVideoTask : TrainingTask, ITrainingTask<MaskedVideoTask>
{
    private readonly ClipMasks _masks;

    /// <summary>Trains a model that is there; the task disposes it.</summary>
    public MaskedVideoTask(TaskSetup setup, VideoMae model) : base(setup)
    {
        MaskedVideoOptions options = MaskedVideoOptions.Of(setup.Recipe);
        Model = model;
        _masks = new ClipMasks(model.Device, model.Config.Tubelets, options.MaskRatio, options.DecoderTokensKind, options.DecoderShare);
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
    public static IReadOnlyList<Metric> Metrics { get; } =
    [
        new(MaskedVideoEvaluator.ErrorName, "squared error of hidden pixels") { IsLargerBetter = false, IsShown = true },
    ];

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

    /// <summary>The masks of the batch that was prepared last.</summary>
    public MaskPlan Masks => _masks.Plan;

    /// <inheritdoc />
    public override (int, int, int) PreparedCounts => Masks.Counts;

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
    public static TrainingData OpenData(Recipe recipe, string folder, TaskPurpose purpose) => MaskedVideoData.Open(recipe, purpose);

    /// <inheritdoc />
    public static MaskedVideoTask Create(TaskSetup setup)
    {
        MaskedVideoOptions options = MaskedVideoOptions.Of(setup.Recipe);
        return new MaskedVideoTask(setup, VideoMae.Create(options.ModelConfig(), setup.Device, setup.Recipe.Train.Seed,
            PixelNormalization.Get(options.PixelNormalization), withGradients: setup.Purpose != TaskPurpose.Evaluation,
            freezes: setup.Freezes));
    }

    /// <summary>Draws the masks of each clip.</summary>
    public override void Prepare(Tape tape, in BatchTensors batch)
    {
        _masks.Begin(batch.Count);
        StepContext context = tape.Context;
        for (int clip = 0; clip < batch.Count; clip++)
        {
            CounterRandom random = CounterRandom.For(context.Seed, "tube mask", context.Position, (ulong)context.SampleNumber(clip));
            _masks.Draw(clip, ref random, batch.HostPixelsOf(clip));
        }

        _masks.Send();
    }

    /// <inheritdoc />
    public override Tensor Loss(Tape tape, in BatchTensors batch, StepMeasurements measured) =>
        Model.Loss(tape, batch.Pixels, Masks);

    /// <inheritdoc />
    public override IEnumerable<IEvaluator> CreateEvaluators(ClipFeed feed) => feed.Data.Validation is { } validation
        ? [new MaskedVideoEvaluator(Model, MaskedVideoOptions.Of(Setup.Recipe).MaskRatio, feed.OpenValidation, validation.Count)]
        : [];

    /// <inheritdoc />
    public override void Dispose()
    {
        _masks.Dispose();
        base.Dispose();
    }
}
