namespace Avion.Training;

/// <summary>A dual encoder learns to rank captions by how well they describe a clip, with a margin between better and worse ones.</summary>
/// <remarks>
/// Loss: the mean over all pairs i ≠ j of a batch, in both directions, of ℓ(s[i, i] - s[i, j]), s the cosines and ℓ of
/// <see cref="MarginRule"/>. A clip's caption is drawn uniformly from the sentences whose relevancy to it is above a threshold, so
/// a batch holds pairs that match to any degree; a clip without such a sentence keeps its own caption, which describes no other clip.
/// Source: Zhao and Krähenbühl 2023 (arXiv:2309.16669), multi-instance retrieval; losses as in <see cref="MarginRule"/>.
/// </remarks>
public sealed class RetrievalTask : DualEncoderTask, ITrainingTask<RetrievalTask>
{
    private readonly MarginRule _rule;
    private readonly PairTable? _pairs;

    /// <summary>Trains a model that is there; the task disposes it.</summary>
    public RetrievalTask(TaskSetup setup, DualEncoder model) : base(setup, model)
    {
        _rule = RetrievalOptions.Of(setup.Recipe).Rule;
        _pairs = _rule.NeedsRelevancy && setup.Purpose != TaskPurpose.Evaluation
            ? new PairTable(model.Device, (setup.Data as RetrievalData)?.TrainRelevancy)
            : null;
    }

    /// <inheritdoc />
    public static string Name => "retrieval";

    /// <inheritdoc />
    public static string Meaning => "A dual encoder of video and text learns to rank captions by how well they describe a clip.";

    /// <inheritdoc />
    public static TaskOptions Options { get; } = new RetrievalOptions();

    /// <inheritdoc />
    public static IEnumerable<RecipeKey> Keys => RetrievalOptions.Keys;

    /// <inheritdoc />
    public static IReadOnlyList<Metric> Metrics => ContrastiveTask.Metrics;

    /// <inheritdoc />
    public static IReadOnlyList<string> RunFiles => ContrastiveTask.RunFiles;

    /// <inheritdoc />
    public static TrainingData OpenData(Recipe recipe, string folder, TaskPurpose purpose) => RetrievalData.Open(recipe, folder, purpose);

    /// <inheritdoc />
    public static RetrievalTask Create(TaskSetup setup) => new(setup, CreateModel(setup));

    /// <inheritdoc />
    public override void Prepare(Tape tape, in BatchTensors batch) => _pairs?.Set(batch);

    /// <inheritdoc />
    public override Tensor LossOfFeatures(Tape tape, in PairFeatures features, StepMeasurements measured)
    {
        Tensor relevancy = _pairs is null ? default : _pairs.Relevancy(tape);
        if (tape.Context is not { RankCount: > 1, Communicator: { } ranks })
        {
            return tape.MarginRankingLoss(features.Video, features.Text, _rule, relevancy);
        }

        Tensor allVideos = tape.AllGatherRows(ranks, features.Video), allTexts = tape.AllGatherRows(ranks, features.Text);
        return tape.MarginRankingLoss(features.Video, features.Text, allVideos, allTexts, _rule, relevancy,
            ranks.Rank * features.Video.Shape.Rows);
    }

    /// <inheritdoc />
    public override void Dispose()
    {
        _pairs?.Dispose();
        base.Dispose();
    }
}
