namespace Avion.OpCases;

/// <summary>Mask tokens between visible ones. R visible rows · M places · D width; one visible row is left unused where M allows.</summary>
public sealed class MaskTokensCase : OpCase
{
    /// <inheritdoc />
    public override string Name => "MaskTokens";

    /// <inheritdoc />
    public override IReadOnlyList<OpSize> Sizes { get; } =
    [
        OpSize.Of(("R", 0), ("M", 0), ("D", 3)), OpSize.Of(("R", 1), ("M", 1), ("D", 1)), OpSize.Of(("R", 3), ("M", 11), ("D", 17)),
        OpSize.Of(("R", 16), ("M", 131), ("D", 67)), OpSize.Of(("R", 20), ("M", 133), ("D", 288)),
    ];

    /// <inheritdoc />
    public override IReadOnlyList<OpSize> ModelSizes { get; } = [OpSize.Of(("R", 160 * 8), ("M", 1568 * 8), ("D", 384))];

    /// <inheritdoc />
    public override OpForward Build(OpInputs inputs, OpSize size)
    {
        Parameter visible = inputs.Parameter("visible", new Shape(size["R"], size["D"]));
        Parameter mask = inputs.Parameter("mask", new Shape(1, 1, size["D"]));
        int[] numbers = new int[size["M"]];
        for (int m = 0; m < numbers.Length; m++)
        {
            // Every third place, from the last row to the second: an order that falls, and a row without a place.
            numbers[m] = m % 3 == 1 && size["R"] - 1 - (m / 3) >= 1 ? size["R"] - 1 - (m / 3) : -1;
        }

        Tensor sources = inputs.Int32(new Shape(size["M"]), numbers);
        return run => run.Output(run.Tape.InsertMaskTokens(run.Read(visible), mask, sources));
    }
}
