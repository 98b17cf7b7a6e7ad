namespace Avion.ConformanceTool;

/// <summary>The table of losses: the contrastive and the max-margin loss, on one rank and on two.</summary>
/// <remarks>
/// Features are the unit rows of sin(0.7 j + 0.3) and sin(0.7 j + 1.1), [6, 5]; gradients are those of the sines. The scale is 4. The
/// rows of two ranks differ in whether a rank computes its own part of the loss alone (<c>local</c>) and in whether gathering hands
/// gradients back (<c>grad</c>). What each rank holds before the mean over ranks is compared, and how it relates to the true gradient:
/// only with gradients through gathering does the mean over ranks give the true one, which is what training uses.
/// </remarks>
internal sealed class LossesConformance : IConformanceKind
{
    /// <summary>The table has no kind and is known by its first field.</summary>
    public const string KnownBy = "dist2";

    private static readonly (string Name, bool IsLocal, bool GathersGradients)[] s_modes =
        [("gather_grad", false, true), ("no_grad", false, false), ("local_grad", true, true), ("local_nograd", true, false)];

    public string Kind => "losses";

    public void Check(JsonElement fixture, ConformanceContext context, FigureList figures)
    {
        using LossFeatures features = new(context);
        LossOfRank whole = features.Contrastive(isLocal: false, gathersGradients: true, rank: 0);
        Compare("single", fixture.Required("single"), whole, whole.FeatureGradient, figures);
        foreach ((string name, bool isLocal, bool gathersGradients) in s_modes)
        {
            LossOfRank[] ranks =
                [.. Enumerable.Range(0, LossFeatures.RankCount).Select(rank => features.Contrastive(isLocal, gathersGradients, rank))];
            double[][] own = LossFeatures.OwnGradients(ranks, gathersGradients);
            for (int rank = 0; rank < ranks.Length; rank++)
            {
                JsonElement expected = fixture.Required(KnownBy).Required($"{rank}").Required(name);
                Compare($"rank {rank} of {ranks.Length}, {name}", expected, ranks[rank], own[rank], figures);
            }

            double[] ratio = fixture.Required("ratio_distgrad_over_true").Doubles(name);
            Ratio($"{name}, gradient over the true one", [.. own.SelectMany(rows => rows)], whole.FeatureGradient, ratio, figures);
        }

        CheckMaxMargin(fixture, features, figures);
    }

    private static void CheckMaxMargin(JsonElement fixture, LossFeatures features, FigureList figures)
    {
        JsonElement single = fixture.Required("mm_single");
        LossOfRank whole = features.MaxMargin(null);
        figures.Number("max margin, loss", whole.Loss, single.Double("loss"));
        figures.Numbers("max margin, gradient of features", whole.FeatureGradient, single.Doubles("gA"), FigureList.GradientTolerance);
        LossOfRank[] ranks = [.. Enumerable.Range(0, LossFeatures.RankCount).Select(rank => features.MaxMargin(rank))];
        double[] own = [.. LossFeatures.OwnGradients(ranks, gathersGradients: true).SelectMany(rows => rows)];
        Ratio("max margin, gradient of two ranks over the true one", own, whole.FeatureGradient, [fixture.Double("mm_ratio"), 0], figures);
        figures.Skip("mm_check", "a difference between two computations of the reference; Avion has one");
    }

    private static void Compare(string name, JsonElement expected, LossOfRank actual, double[] gradient, FigureList figures)
    {
        figures.Number($"{name}, loss", actual.Loss, expected.Double("loss"));
        figures.Number($"{name}, accuracy", 100 * actual.Accuracy, expected.Double("acc"));
        figures.Numbers($"{name}, gradient of features", gradient, expected.Doubles("gA"), FigureList.GradientTolerance);
        figures.Number($"{name}, gradient of scale", actual.ScaleGradient, expected.Double("gScale"), FigureList.GradientTolerance);
    }

    // The median of the elements' ratios, and the largest distance from it, which is zero for a multiple of the true gradient.
    private static void Ratio(string name, double[] actual, double[] whole, double[] expected, FigureList figures)
    {
        double[] ratios = [.. actual.Zip(whole, (a, t) => a / t).Order()];
        double median = (ratios[ratios.Length / 2] + ratios[(ratios.Length - 1) / 2]) / 2;
        figures.Quotient(name, median, expected[0], expected[0]);
        double spread = ratios.Max(ratio => Math.Abs(ratio - median));
        figures.Quotient($"{name}, spread", spread, expected[1], median);
    }
}
