namespace Avion.OpCases;

/// <summary>A bias on some columns. N rows · D columns · F first column · L columns.</summary>
public sealed class ColumnBiasCase : OpCase
{
    /// <inheritdoc />
    public override string Name => "ColumnBias";

    /// <inheritdoc />
    public override IReadOnlyList<OpSize> Sizes { get; } =
    [
        Size(0, 4, 1, 2), Size(1, 1, 0, 1), Size(7, 51, 34, 17), Size(131, 201, 0, 67), Size(19, 20, 20, 0), Size(133, 320, 16, 288),
    ];

    /// <inheritdoc />
    public override IReadOnlyList<OpSize> ModelSizes { get; } = [Size(1568, 2304, 1536, 768)];

    /// <inheritdoc />
    public override OpForward Build(OpInputs inputs, OpSize size)
    {
        Parameter x = inputs.Parameter("x", new Shape(size["N"], size["D"]));
        Parameter other = inputs.Parameter("other", new Shape(size["N"], size["D"]));
        Parameter bias = inputs.Parameter("bias", new Shape(size["L"]));
        int first = size["F"];

        // The operation works in place, so it gets the sum of two inputs, which nobody else reads.
        return run => run.Output(run.Tape.AddColumnBias(run.Tape.Sum(run.Read(x), run.Read(other)), bias, first));
    }

    private static OpSize Size(int rows, int columns, int first, int length) =>
        OpSize.Of(("N", rows), ("D", columns), ("F", first), ("L", length));
}
