namespace Avion.Training;

/// <summary>A dual encoder learns which caption of the batch belongs to which clip.</summary>
/// <remarks>
/// Softmax: ½ (CE(s V Tᵀ, diagonal) + CE(s T Vᵀ, diagonal)); V, T [B, E] unit rows; s = exp(logit scale), held within 1 and 100.
/// Sigmoid: 1/B Σ ln(1 + e^(-l z)), z = s V Tᵀ + bias, l = 1 on the diagonal and -1 beside it.
/// Where several ranks take a step together, each has the loss of its own rows against the rows of all ranks (local), or all have that of
/// all rows; the mean over the ranks is the loss of the whole batch either way, and so are its gradients.
/// Source: Radford et al. 2021, figure 3 (arXiv:2103.00020); Zhai et al. 2023, algorithm 1 (arXiv:2303.15343).
/// </remarks>
/// <param name="setup">Recipe, device, data and purpose.</param>
/// <param name="model">What is trained; the task disposes it.</param>
public sealed class ContrastiveTask(TaskSetup setup, DualEncoder model) : DualEncoderTask(setup, model), ITrainingTask<ContrastiveTask>
{
    private readonly ContrastiveOptions _options = ContrastiveOptions.Of(setup.Recipe);

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
        new("mcq_inter", "EgoMCQ between videos"),
        new("mcq_intra", "EgoMCQ within a video"),
        new("zero_shot_top1", "zero-shot top-1 accuracy"),
        new("zero_shot_mean_class_accuracy", "zero-shot mean class accuracy"),
    ];

    /// <inheritdoc />
    public static IReadOnlyList<string> RunFiles { get; } = [CaptionedData.VocabularyFile];

    /// <inheritdoc />
    public static TrainingData OpenData(Recipe recipe, string folder, TaskPurpose purpose) => CaptionedData.Open(recipe, folder, purpose);

    /// <inheritdoc />
    public static ContrastiveTask Create(TaskSetup setup) => new(setup, CreateModel(setup));

    /// <inheritdoc />
    public override Tensor LossOfFeatures(Tape tape, in PairFeatures features, StepMeasurements measured)
    {
        PairFeatures all = OfAllRanks(tape, features, out int firstRow);
        (PairFeatures rows, firstRow) = _options.IsLocal ? (features, firstRow) : (all, 0);
        Tensor loss = _options.IsSigmoid
            ? tape.SigmoidContrastiveLoss(rows.Video, all.Text, Model.LogitScale, Model.LogitBias!, firstRow)
            : Softmax(tape, rows, all, firstRow, measured);
        measured.Add("logit_scale", Model.LogitScale.Master, Math.Exp);
        if (_options.IsSigmoid)
        {
            measured.Add("logit_bias", Model.LogitBias!.Master);
        }

        return loss;
    }

    private Tensor Softmax(Tape tape, in PairFeatures rows, in PairFeatures all, int firstRow, StepMeasurements measured)
    {
        Tensor loss = tape.ContrastiveLoss(
            rows.Video, rows.Text, all.Video, all.Text, Model.LogitScale, firstRow, out Tensor accuracy);
        measured.Add("batch_accuracy", accuracy);
        return loss;
    }
}
