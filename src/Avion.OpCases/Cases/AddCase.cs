namespace Avion.OpCases;

/// <summary>The sum of two tensors of n elements.</summary>
public sealed class AddCase : OpCase
{
    /// <inheritdoc />
    public override string Name => "Add";

    /// <inheritdoc />
    public override IReadOnlyList<OpSize> Sizes { get; } =
    [
        OpSize.Of(("n", 0)), OpSize.Of(("n", 1)), OpSize.Of(("n", 15)), OpSize.Of(("n", 17)), OpSize.Of(("n", 40_009)),
    ];

    /// <inheritdoc />
    public override IReadOnlyList<OpSize> ModelSizes { get; } = [OpSize.Of(("n", 1570 * 768))];

    /// <inheritdoc />
    public override OpForward Build(OpInputs inputs, OpSize size)
    {
        Parameter a = inputs.Parameter("a", new Shape(size["n"]));
        Parameter b = inputs.Parameter("b", new Shape(size["n"]));
        return run => run.Output(run.Tape.Sum(run.Read(a), run.Read(b)));
    }
}
