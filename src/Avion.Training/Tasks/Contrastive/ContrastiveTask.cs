namespace Avion.Training;

/// <summary>A dual encoder learns which caption of the batch belongs to which clip.</summary>
/// <remarks>
/// Loss: ½ (CE(s V Tᵀ, diagonal) + CE(s T Vᵀ, diagonal)); V, T [B, E] unit rows; s = exp(logit scale), held within 1 and 100.
/// Source: Radford et al. 2021, figure 3 (arXiv:2103.00020).
/// </remarks>
public sealed class ContrastiveTask : TrainingTask, ITrainingTask<ContrastiveTask>
{
    /// <summary>Bounds of the logit scale, a logarithm: similarities are multiplied by 1 to 100.</summary>
    private const float MinimumLogitScale = 0;
    private static readonly float s_maximumLogitScale = (float)Math.Log(100);

    private readonly DualEncoder _model;

    /// <summary>Trains a model that is there; the task disposes it.</summary>
    public ContrastiveTask(TaskSetup setup, DualEncoder model) : base(setup) => _model = model;

    /// <inheritdoc />
    public static string Name => "contrastive";

    /// <inheritdoc />
    public static string Meaning => "A dual encoder of video and text learns which caption belongs to which clip.";

    /// <inheritdoc />
    public static TaskOptions Options { get; } = new ContrastiveOptions();

    /// <inheritdoc />
    public static IEnumerable<RecipeKey> Keys => ContrastiveOptions.Keys;

    /// <inheritdoc />
    public static IReadOnlyList<Metric> Metrics { get; } =
    [
        new("map_average", "mAP"),
        new("map_t2v", "mAP text to video") { IsShown = true },
        new("map_v2t", "mAP video to text") { IsShown = true },
        new("ndcg_average", "nDCG"),
        new("recall_at_1_t2v", "recall@1 text to video"),
        new("recall_at_1_v2t", "recall@1 video to text"),
    ];

    /// <inheritdoc />
    public static IReadOnlyList<string> RunFiles { get; } = [CaptionedData.VocabularyFile];

    /// <inheritdoc />
    public override DualEncoder Model => _model;

    /// <inheritdoc />
    public override ClipForm Clips => new(_model.Config.Vision.FrameCount, _model.Config.Vision.ImageSize, _model.Config.Vision.ImageSize,
        _model.Config.Text.ContextLength);

    /// <inheritdoc />
    public override IReadOnlyList<Elimination> Eliminations { get; } =
    [
        new("captions are not padded", EliminationKind.Padding),
        new("last blocks compute the rows that are read", EliminationKind.UnreadRows),
    ];

    /// <inheritdoc />
    public static TrainingData OpenData(Recipe recipe, string folder, TaskPurpose purpose) => CaptionedData.Open(recipe, folder, purpose);

    /// <inheritdoc />
    public static ContrastiveTask Create(TaskSetup setup)
    {
        ContrastiveOptions options = ContrastiveOptions.Of(setup.Recipe);
        int vocabulary = setup.Data?.Encoder?.VocabularySize ?? options.Text.VocabularySize;
        if (vocabulary > options.Text.VocabularySize)
        {
            throw new RunException($"The vocabulary has {vocabulary} tokens, expected at most model.text.vocabulary_size "
                + $"{options.Text.VocabularySize}. Set model.text.vocabulary_size={vocabulary}.");
        }

        // A caption is read at its end-of-text token, which is the last of the vocabulary: the model has no rows beyond it.
        DualEncoder model = DualEncoder.Create(options.ModelConfig(vocabulary), setup.Device, setup.Recipe.Train.Seed,
            PixelNormalization.Get(options.Vision.PixelNormalization), withGradients: setup.Purpose != TaskPurpose.Evaluation,
            freezes: name => setup.Freezes(name) || (options.FreezesLogitScale && name == DualEncoder.LogitScaleName));
        return new ContrastiveTask(setup, model);
    }

    /// <inheritdoc />
    public override Tensor Loss(Tape tape, in BatchTensors batch, StepMeasurements measured)
    {
        Tensor loss = _model.Loss(tape, batch.Pixels, batch.TokenIds, batch.Captions, out Tensor accuracy);
        measured.Add("batch_accuracy", accuracy);
        measured.Add("logit_scale", _model.LogitScale.Master, Math.Exp);
        return loss;
    }

    /// <inheritdoc />
    public override void AfterUpdate()
    {
        if (!_model.LogitScale.IsFrozen)
        {
            Clamp.Scalar(_model.Device, _model.LogitScale.Master, MinimumLogitScale, s_maximumLogitScale);
        }
    }

    /// <inheritdoc />
    public override SyntheticBatch CreateSyntheticBatch(int clips, int captionTokens = 0) =>
        new(_model.Device, Clips, clips, captionTokens, _model.Config.Text.VocabularySize);

    /// <inheritdoc />
    public override IEnumerable<IEvaluator> CreateEvaluators(ClipFeed feed) => feed.Data.Validation is { } validation
        ? [new RetrievalEvaluator(_model, feed.OpenValidation, validation.Count,
            (feed.Data as CaptionedData)?.Relevancy?.Tokenize(feed.Data.Encoder!, Clips.ContextLength))]
        : [];

    /// <summary>Clips and captions are encoded on a tape each.</summary>
    public override long EvaluationBytes(int clips)
    {
        using Tape video = new(_model.Device) { IsRecording = false }, text = new(_model.Device) { IsRecording = false };
        using SyntheticBatch batch = CreateSyntheticBatch(clips);
        _model.EncodeVideo(video, batch.Tensors.Pixels);
        _model.EncodeText(text, batch.Tensors.TokenIds, batch.Tensors.Captions);
        return video.Arena.PeakBytes + text.Arena.PeakBytes;
    }

    /// <inheritdoc />
    public override void Save(string folder)
    {
        base.Save(folder);
        if (Setup.Data is CaptionedData { VocabularyPath: { } vocabulary })
        {
            DurableFiles.Copy(vocabulary, Path.Combine(folder, CaptionedData.VocabularyFile));
        }
    }
}
