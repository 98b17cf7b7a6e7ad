namespace Avion.OpCases;

/// <summary>Mean squared error of n elements.</summary>
public sealed class SquaredErrorCase : OpCase
{
    /// <inheritdoc />
    public override string Name => "SquaredError";

    /// <inheritdoc />
    public override IReadOnlyList<OpSize> Sizes { get; } =
        [OpSize.Of(("n", 0)), OpSize.Of(("n", 1)), OpSize.Of(("n", 17)), OpSize.Of(("n", 40_009))];

    /// <inheritdoc />
    public override IReadOnlyList<OpSize> ModelSizes { get; } = [OpSize.Of(("n", 1408 * 1536))];

    /// <inheritdoc />
    public override OpForward Build(OpInputs inputs, OpSize size)
    {
        Parameter x = inputs.Parameter("x", new Shape(size["n"]));
        Tensor target = inputs.Constant("target", new Shape(size["n"]));
        return run => run.Output(run.Tape.MeanSquaredError(run.Read(x), target));
    }
}
