namespace Avion.OpCases;

/// <summary>Rows scaled to length one. N rows · E columns.</summary>
public sealed class NormalizeRowsCase : OpCase
{
    /// <inheritdoc />
    public override string Name => "NormalizeRows";

    /// <inheritdoc />
    public override IReadOnlyList<OpSize> Sizes { get; } =
    [
        OpSize.Of(("N", 0), ("E", 4)),
        OpSize.Of(("N", 3), ("E", 2)),
        OpSize.Of(("N", 19), ("E", 33)),
        OpSize.Of(("N", 33), ("E", 255)),
    ];

    /// <inheritdoc />
    public override IReadOnlyList<OpSize> ModelSizes { get; } = [OpSize.Of(("N", 256), ("E", 256))];

    /// <inheritdoc />
    public override OpForward Build(OpInputs inputs, OpSize size)
    {
        Parameter x = inputs.Parameter("x", new Shape(size["N"], size["E"]), mean: 0.5);
        return run => run.Output(run.Tape.NormalizeRows(run.Read(x)));
    }
}
