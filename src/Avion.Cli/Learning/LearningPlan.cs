namespace Avion.Cli;

/// <summary>The trainings of `avion bench learn` and what each has to reach, in the order in which one begins from another.</summary>
/// <param name="Trials">The trainings.</param>
/// <param name="Goals">What they have to reach.</param>
internal sealed record LearningPlan(IReadOnlyList<LearningTrial> Trials, IReadOnlyList<LearningGoal> Goals)
{
    // At the recipe's rate the step at which motions are told apart hangs on rounding: what is compared to the last learns at a lower one.
    private const string Plain = "contrastive", PlainLowRate = "contrastive-low-rate", Sigmoid = "contrastive-sigmoid",
        Parts = "contrastive-in-parts", Retrieval = "retrieval", Tower = "classification", TowerFresh = "classification-from-scratch",
        Masked = "masked-video", MaskedTuned = "videomae-finetune", MaskedFresh = "videomae-from-scratch", Natural = "natural-video";

    private const string Map = "map_average", Top1 = "top1", Error = MaskedVideoEvaluator.ErrorName;

    private const string LowRate = "optimizer.learning_rate=2e-4";

    /// <summary>A bias of minus the scale leaves no score above zero at first, and tells motions apart sooner than others.</summary>
    private static readonly string[] s_sigmoid = ["loss.kind=sigmoid", "loss.initial_scale=20", "loss.initial_bias=-20", LowRate];

    private const string FromScratch = "model.initialize_from=";

    /// <summary>Its best of four settings, for training from scratch wants another rate than fine-tuning.</summary>
    private static readonly string[] s_videoMaeFromScratch = [FromScratch, "optimizer.learning_rate=2e-3", "optimizer.layer_decay=0.9"];

    /// <summary>Everything that learns.</summary>
    /// <param name="isQuick">Fewer videos and steps, and bounds to match.</param>
    public static LearningPlan Of(bool isQuick) => new(
    [
        new(Plain, "contrastive") { QuickEpochs = 24 },
        new(Sigmoid, "contrastive", s_sigmoid) { QuickEpochs = 24 },
        new(Parts, "contrastive", ["train.micro_batch_size=8", .. isQuick ? (string[])[] : [LowRate]]) { QuickEpochs = 24 },
        .. isQuick ? (LearningTrial[])[] : [new LearningTrial(PlainLowRate, "contrastive", LowRate) { QuickEpochs = 24 }],
        new(Retrieval, "retrieval") { QuickEpochs = 6, From = Plain },
        new(Tower, "classification") { QuickEpochs = 1, From = Plain },
        new(TowerFresh, "classification", FromScratch) { QuickEpochs = 1 },
        new(Masked, "masked-video") { QuickEpochs = 16 },
        new(MaskedTuned, "videomae-finetune") { QuickEpochs = 6, From = Masked },
        .. isQuick ? (LearningTrial[])[] : [new LearningTrial(MaskedFresh, "videomae-finetune", s_videoMaeFromScratch) { QuickEpochs = 6 }],
    ],
    [
        new(Plain, Map, "captions find clips", _ => isQuick ? 0.3 : 0.6),
        isQuick
            ? new(Sigmoid, Map, "three times chance", results => 3 * results.Last(Sigmoid, Map + RunLogLabels.ChanceSuffix))
            : AsFarAs(PlainLowRate, Sigmoid, "as far as the softmax, less 0.2", 0.2),
        AsFarAs(isQuick ? Plain : PlainLowRate, Parts, "as far as the batch at once, less 0.1", 0.1),
        new(Retrieval, Map, isQuick ? "what it began from, less 0.02" : "above what it began from, by 0.02",
            results => results.First(Retrieval, Map) + (isQuick ? -0.02 : 0.02)),
        new(Tower, Top1, "classes of unseen clips", _ => isQuick ? 0.15 : 0.4),
        new(Masked, Error, "half of that before training", results => 0.5 * results.First(Masked, Error)) { IsUpperBound = true },
        new(Masked, Error, "0.8 of predicting the mean", results => 0.8 * results.Last(Masked, Error + RunLogLabels.ChanceSuffix))
        {
            IsUpperBound = true,
        },
        new(MaskedTuned, Top1, "classes of unseen clips", _ => isQuick ? 0.15 : 0.3),
        AboveScratch(Tower, TowerFresh, isQuick ? 0.02 : 0.1),
        .. isQuick ? (LearningGoal[])[] : [AboveScratch(MaskedTuned, MaskedFresh, 0.05)],
    ]);

    /// <summary>Masked video on natural videos, which a folder holds as chunk trees train and validation of whole videos each.</summary>
    /// <param name="folder">The folder; benchmarks/natural.sh makes one.</param>
    /// <param name="isQuick">Half of the steps, and bounds to match.</param>
    public static LearningPlan OfNatural(string folder, bool isQuick) => new(
    [
        new(Natural, "natural-video", $"data.train.videos={Path.Combine(folder, LearningData.Train)}",
            $"data.validation.videos={Path.Combine(folder, LearningData.Validation)}") { QuickEpochs = 75 },
    ],
    [
        new(Natural, Error, $"{(isQuick ? 0.85 : 0.75)} of that before training",
            results => (isQuick ? 0.85 : 0.75) * results.First(Natural, Error)) { IsUpperBound = true },
        new(Natural, Error, $"{(isQuick ? 0.95 : 0.85)} of predicting the mean",
            results => (isQuick ? 0.95 : 0.85) * results.Last(Natural, Error + RunLogLabels.ChanceSuffix)) { IsUpperBound = true },
    ])
    {
        NeedsGenerated = false,
    };

    /// <summary>Whether the trainings read the videos of <see cref="LearningData"/>.</summary>
    public bool NeedsGenerated { get; private init; } = true;

    /// <summary>Some of the trainings, with those that they begin from or are compared with.</summary>
    public LearningPlan Only(IReadOnlyCollection<string> names)
    {
        if (names.Count == 0)
        {
            return this;
        }

        LearningGoal[] goals = [.. Goals.Where(goal => names.Contains(goal.Trial))];
        HashSet<string> needed = [.. names, .. goals.Select(goal => goal.Beside).OfType<string>()];
        needed.UnionWith(Trials.Where(trial => needed.Contains(trial.Name)).Select(trial => trial.From).OfType<string>().ToArray());
        return new LearningPlan([.. Trials.Where(trial => needed.Contains(trial.Name))], goals);
    }

    private static LearningGoal AsFarAs(string plain, string trial, string title, double less) =>
        new(trial, Map, title, results => results.Last(plain, Map) - less) { Beside = plain };

    private static LearningGoal AboveScratch(string trial, string fresh, double margin) => new(
        trial, Top1, string.Create(CultureInfo.InvariantCulture, $"above from scratch at equal steps, by {margin}"),
        results => results.Last(fresh, Top1) + margin)
    {
        Beside = fresh,
    };
}
