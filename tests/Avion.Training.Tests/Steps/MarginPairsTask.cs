namespace Avion.Training.Tests;

/// <summary>A dual encoder that learns by a margin: a loss over pairs beside the contrastive ones.</summary>
internal sealed class MarginPairsTask(TaskSetup setup, DualEncoder model) : DualEncoderTask(setup, model), ITrainingTask<MarginPairsTask>
{
    public const string WordOfTask = "margin-pairs";

    public static string Name => WordOfTask;

    public static string Meaning => "A dual encoder learns to keep captions of other clips at a distance.";

    public static TaskOptions Options { get; } = new MarginPairsOptions();

    public static IEnumerable<RecipeKey> Keys => MarginPairsOptions.Keys;

    public static IReadOnlyList<Metric> Metrics => [];

    public static TrainingData OpenData(Recipe recipe, string folder, TaskPurpose purpose) => throw new NotSupportedException();

    public static MarginPairsTask Create(TaskSetup setup) => new(setup, CreateModel(setup));

    public override Tensor LossOfFeatures(Tape tape, in PairFeatures features, StepMeasurements measured)
    {
        PairFeatures all = OfAllRanks(tape, features, out int firstRow);
        return tape.MarginRankingLoss(
            features.Video, features.Text, all.Video, all.Text, MarginRule.Fixed(), relevancy: default, firstRow);
    }
}

internal sealed record MarginPairsOptions : DualEncoderOptions
{
    public static IEnumerable<RecipeKey> Keys => KeysOf<MarginPairsOptions>();
}
