namespace Avion.Compute;

/// <summary>What margin the margin ranking losses ask for between a partner's similarity and another row's.</summary>
/// <remarks>
/// With D = s[i, i] - s[i, j] for anchor i and another row j, c the relevancies 0 to 1, and R = c[i, i] - c[i, j]:
/// fixed: relu(margin - D); adaptive: relu(margin · c[i, i] - D); symmetric multi-similarity, with e = margin · R - D:
/// relu(e) where R > threshold, relu(|e| - tolerance) where |R| &lt; threshold, relu(-e) elsewhere.
/// </remarks>
public readonly record struct MarginRule
{
    private MarginRule(MarginKind kind, float margin, float threshold = 0, float tolerance = 0) =>
        (Kind, Margin, Threshold, Tolerance) = (kind, margin, threshold, tolerance);

    /// <summary>Which of the three.</summary>
    public MarginKind Kind { get; }

    /// <summary>Margin, or its factor.</summary>
    public float Margin { get; }

    /// <summary>Difference of relevancies up to which two rows count as equally relevant.</summary>
    public float Threshold { get; }

    /// <summary>How far similarities of equally relevant rows may lie apart at no cost.</summary>
    public float Tolerance { get; }

    /// <summary>Whether relevancies are looked at.</summary>
    public bool NeedsRelevancy => Kind != MarginKind.Fixed;

    /// <summary>One margin for all pairs. Source: Wray et al. 2019 (arXiv:1908.03477).</summary>
    public static MarginRule Fixed(float margin = 0.2f) => new(MarginKind.Fixed, margin);

    /// <summary>A margin in proportion to the anchor's own relevancy. Source: Lin et al. 2022,
    /// "Egocentric video-language pretraining" (arXiv:2206.01670).</summary>
    public static MarginRule Adaptive(float factor = 0.4f) => new(MarginKind.Adaptive, factor);

    /// <summary>A margin in proportion to the difference of relevancies, on both sides. Source: the
    /// symmetric multi-similarity loss of arXiv:2406.12256.</summary>
    public static MarginRule SymmetricMultiSimilarity(float factor = 0.6f, float threshold = 1.1f / 240, float tolerance = 0.1f) =>
        new(MarginKind.SymmetricMultiSimilarity, factor, threshold, tolerance);

    /// <summary>Loss of one pair, and its slope with respect to s[i, j]; that with respect to s[i, i] is the negative.</summary>
    /// <param name="difference">D.</param>
    /// <param name="own">c[i, i].</param>
    /// <param name="other">c[i, j].</param>
    internal (double Loss, double Slope) Of(double difference, double own, double other)
    {
        double margin = Kind == MarginKind.Fixed ? Margin : Margin * (Kind == MarginKind.Adaptive ? own : own - other);
        double e = margin - difference;
        if (Kind != MarginKind.SymmetricMultiSimilarity || own - other > Threshold)
        {
            return Hinge(e, 1);
        }

        double excess = Math.Abs(own - other) < Threshold ? Math.Abs(e) - Tolerance : -e;
        return Hinge(excess, e > 0 ? 1 : e < 0 ? -1 : 0);
    }

    private static (double Loss, double Slope) Hinge(double excess, double slope) =>
        excess > 0 ? (excess, slope) : excess <= 0 ? (0, 0) : (double.NaN, double.NaN);
}

/// <summary>The kinds of <see cref="MarginRule"/>.</summary>
public enum MarginKind
{
    /// <summary><see cref="MarginRule.Fixed"/>.</summary>
    Fixed,

    /// <summary><see cref="MarginRule.Adaptive"/>.</summary>
    Adaptive,

    /// <summary><see cref="MarginRule.SymmetricMultiSimilarity"/>.</summary>
    SymmetricMultiSimilarity,
}
