namespace Avion.OpCases;

/// <summary>A factor on each column. N rows · D columns.</summary>
public sealed class ColumnScaleCase : OpCase
{
    /// <inheritdoc />
    public override string Name => "ColumnScale";

    /// <inheritdoc />
    public override IReadOnlyList<OpSize> Sizes { get; } =
        [Size(0, 4), Size(1, 1), Size(7, 17), Size(64, 63), Size(65, 64), Size(131, 67), Size(3, 257), Size(70, 288)];

    /// <inheritdoc />
    public override IReadOnlyList<OpSize> ModelSizes { get; } = [Size(1568, 768)];

    /// <inheritdoc />
    public override OpForward Build(OpInputs inputs, OpSize size)
    {
        Parameter x = inputs.Parameter("x", new Shape(size["N"], size["D"])), scale = inputs.Parameter("scale", new Shape(size["D"]));

        return run => run.Output(run.Tape.ScaleColumns(run.Read(x), scale));
    }

    private static OpSize Size(int rows, int columns) => OpSize.Of(("N", rows), ("D", columns));
}
