namespace Avion.OpCases;

/// <summary>The margin ranking losses. b own pairs · n pairs of all ranks · E columns · first own pair.</summary>
public sealed class MarginRankingCase : OpCase
{
    private readonly MarginRule _rule;

    /// <summary>Makes the case of one rule.</summary>
    public MarginRankingCase(MarginRule rule) => _rule = rule;

    /// <inheritdoc />
    public override string Name => $"MarginRanking/{_rule.Kind}";

    /// <inheritdoc />
    public override IReadOnlyList<OpSize> Sizes { get; } =
    [
        Of(1, 1, 3, 0), Of(7, 7, 5, 0), Of(5, 11, 7, 3), Of(65, 67, 17, 2),
    ];

    /// <inheritdoc />
    public override IReadOnlyList<OpSize> ModelSizes { get; } = [Of(256, 256, 256, 0)];

    /// <inheritdoc />
    public override OpForward Build(OpInputs inputs, OpSize size)
    {
        int first = size["first"], n = size["n"];
        Shape own = new(size["b"], size["E"]), all = new(n, size["E"]);
        Parameter image = inputs.Parameter("image", own, deviation: 0.2), text = inputs.Parameter("text", own, deviation: 0.2);
        Parameter allImages = inputs.Parameter("all_images", all, deviation: 0.2),
            allTexts = inputs.Parameter("all_texts", all, deviation: 0.2);

        // Eighths, so that many pairs are equally relevant, and a diagonal that is not always the largest.
        float[] values = new float[n * n];
        CounterRandom random = CounterRandom.For(5, "relevancy");
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = i % (n + 1) == 0 ? 0.75f : random.Next(9) / 8f;
        }

        Tensor relevancy = _rule.NeedsRelevancy ? inputs.Statistics(new Shape(n, n), values) : default;
        MarginRule rule = _rule;
        return run => run.Output(run.Tape.MarginRankingLoss(run.Read(image), run.Read(text), run.Read(allImages), run.Read(allTexts), rule,
            relevancy, first));
    }

    private static OpSize Of(int own, int all, int columns, int first) =>
        OpSize.Of(("b", own), ("n", all), ("E", columns), ("first", first));
}
