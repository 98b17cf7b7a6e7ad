namespace Avion.OpCases;

/// <summary>Relevancies of a batch's pairs. n pairs · R clips and C texts of the data set.</summary>
public sealed class PairRelevancyCase : OpCase
{
    /// <inheritdoc />
    public override string Name => "PairRelevancy";

    /// <inheritdoc />
    public override bool IsDifferentiable => false;

    /// <inheritdoc />
    public override IReadOnlyList<OpSize> Sizes { get; } =
    [
        OpSize.Of(("n", 1), ("R", 1), ("C", 1)), OpSize.Of(("n", 7), ("R", 5), ("C", 3)), OpSize.Of(("n", 67), ("R", 31), ("C", 59)),
    ];

    /// <inheritdoc />
    public override IReadOnlyList<OpSize> ModelSizes { get; } = [OpSize.Of(("n", 512), ("R", 9668), ("C", 3842))];

    /// <inheritdoc />
    public override OpForward Build(OpInputs inputs, OpSize size)
    {
        int n = size["n"], rows = size["R"], columns = size["C"];
        Tensor codes = inputs.UInt8("codes", new Shape(rows, columns)), levels = inputs.Statistics("levels", new Shape(256));

        // Every fifth text has no column.
        CounterRandom random = CounterRandom.For(3, "pairs");
        int[] pairs = new int[2 * n];
        for (int i = 0; i < n; i++)
        {
            (pairs[2 * i], pairs[(2 * i) + 1]) = (random.Next(rows), i % 5 == 4 ? -1 : random.Next(columns));
        }

        Tensor table = inputs.Int32(new Shape(n, 2), pairs);
        return run => run.Output(run.Tape.RelevancyOfPairs(codes, levels, table));
    }
}
