namespace Avion.Training;

/// <summary>What retrieval training adds to a recipe: sentences with their relevance to the training clips, and the loss.</summary>
public sealed record RetrievalOptions : DualEncoderOptions
{
    private const string MaximumMargin = "max_margin", AdaptiveMargin = "adaptive_margin", MultiSimilarity = "multi_similarity";

    /// <summary>Similarities are not scaled by this loss, so the scale is left alone.</summary>
    public RetrievalOptions() => FreezesLogitScale = true;

    public string TrainRelevancy { get; init; } = "";

    public string TrainSentences { get; init; } = "";

    public double RelevancyThreshold { get; init; } = 0.1;

    public string LossKind { get; init; } = MaximumMargin;

    public double Margin { get; init; } = 0.2;

    /// <summary>Zero for the published value of the loss's kind.</summary>
    public double Gamma { get; init; }

    public double Tau { get; init; } = 0.1;

    public double Threshold { get; init; } = 1.1 / 240;

    internal static IEnumerable<RecipeKey> Keys
    {
        get
        {
            RecipeSection<RetrievalOptions> train = TaskSection.Of<RetrievalOptions>("data.train."),
                loss = TaskSection.Of<RetrievalOptions>("loss.");
            foreach (RecipeKey key in KeysOf<RetrievalOptions>())
            {
                yield return key;
            }

            yield return train.Text("relevancy", "Pickled matrix with the relevance of each training sentence to each training clip; "
                + "empty: clips are trained with their own captions.", s => s.TrainRelevancy, (s, v) => s with { TrainRelevancy = v });
            yield return train.Text("sentences", "CSV with the narration id and the text of each column of the training relevancy matrix.",
                s => s.TrainSentences, (s, v) => s with { TrainSentences = v });
            yield return train.Number("relevancy_threshold", "A clip's caption is drawn from the sentences of a relevancy above this; "
                + "a clip without any keeps its own caption.", NumberRange.AtLeastBelow(0, 1),
                s => s.RelevancyThreshold, (s, v) => s with { RelevancyThreshold = v });
            yield return loss.Choice("kind", "Margin between a clip's own caption and another: fixed (max_margin), in proportion to the "
                + "own caption's relevancy (adaptive_margin), or to the difference of relevancies, on both sides (multi_similarity).",
                [MaximumMargin, AdaptiveMargin, MultiSimilarity], s => s.LossKind, (s, v) => s with { LossKind = v });
            yield return loss.Number("margin", "Margin of max_margin.", NumberRange.AtLeast(0), s => s.Margin,
                (s, v) => s with { Margin = v });
            yield return loss.Number("gamma", "Margin per relevancy of adaptive_margin and multi_similarity; 0: 0.4 and 0.6, as published.",
                NumberRange.AtLeast(0), s => s.Gamma, (s, v) => s with { Gamma = v });
            yield return loss.Number("tau", "How far similarities of equally relevant pairs may lie apart at no cost (multi_similarity).",
                NumberRange.AtLeast(0), s => s.Tau, (s, v) => s with { Tau = v });
            yield return loss.Number("threshold", "Difference of relevancies up to which two pairs are equally relevant "
                + "(multi_similarity).", NumberRange.AtLeast(0), s => s.Threshold, (s, v) => s with { Threshold = v });
        }
    }

    /// <summary>A retrieval recipe's part for the task.</summary>
    public static new RetrievalOptions Of(Recipe recipe) => recipe.OptionsOf<RetrievalOptions>();

    /// <summary>The margin that the loss asks for.</summary>
    public MarginRule Rule => LossKind switch
    {
        AdaptiveMargin => MarginRule.Adaptive((float)(Gamma > 0 ? Gamma : 0.4)),
        MultiSimilarity => MarginRule.SymmetricMultiSimilarity((float)(Gamma > 0 ? Gamma : 0.6), (float)Threshold, (float)Tau),
        _ => MarginRule.Fixed((float)Margin),
    };

    /// <inheritdoc />
    public override IEnumerable<string> Contradictions()
    {
        foreach (string sentence in base.Contradictions())
        {
            yield return sentence;
        }

        if (TrainRelevancy.Length > 0 != TrainSentences.Length > 0)
        {
            yield return "data.train.relevancy and data.train.sentences belong together: give both or none.";
        }

        if (Rule.NeedsRelevancy && TrainRelevancy.Length == 0)
        {
            yield return $"loss.kind is {LossKind}, which compares relevancies: give data.train.relevancy and data.train.sentences, or set "
                + $"loss.kind={MaximumMargin}.";
        }
    }
}
