namespace Avion.Training;

/// <summary>A dual encoder learns which caption of the batch belongs to which clip.</summary>
/// <remarks>
/// Loss: ½ (CE(s V Tᵀ, diagonal) + CE(s T Vᵀ, diagonal)); V, T [B, E] unit rows; s = exp(logit scale), held within 1 and 100.
/// Source: Radford et al. 2021, figure 3 (arXiv:2103.00020).
/// </remarks>
/// <param name="setup">Recipe, device, data and purpose.</param>
/// <param name="model">What is trained; the task disposes it.</param>
public sealed class ContrastiveTask(TaskSetup setup, DualEncoder model) : DualEncoderTask(setup, model), ITrainingTask<ContrastiveTask>
{
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
    public static TrainingData OpenData(Recipe recipe, string folder, TaskPurpose purpose) => CaptionedData.Open(recipe, folder, purpose);

    /// <inheritdoc />
    public static ContrastiveTask Create(TaskSetup setup) => new(setup, CreateModel(setup));

    /// <inheritdoc />
    public override Tensor LossOfFeatures(Tape tape, in PairFeatures features, StepMeasurements measured)
    {
        Tensor loss = Model.Loss(tape, features.Video, features.Text, out Tensor accuracy);
        measured.Add("batch_accuracy", accuracy);
        measured.Add("logit_scale", Model.LogitScale.Master, Math.Exp);
        return loss;
    }
}
