namespace Avion.OpCases;

/// <summary>The sum of the squares of n elements.</summary>
public sealed class GlobalNormCase : OpCase
{
    /// <inheritdoc />
    public override string Name => "GlobalNorm";

    /// <inheritdoc />
    public override bool IsOfActivations => false;

    /// <inheritdoc />
    public override bool IsDifferentiable => false;

    /// <inheritdoc />
    public override IReadOnlyList<OpSize> Sizes { get; } =
        [OpSize.Of(("n", 0)), OpSize.Of(("n", 1)), OpSize.Of(("n", 67)), OpSize.Of(("n", 4097)), OpSize.Of(("n", 2_000_003))];

    /// <inheritdoc />
    public override IReadOnlyList<OpSize> ModelSizes { get; } = [OpSize.Of(("n", 19_000_000))];

    /// <inheritdoc />
    public override OpForward Build(OpInputs inputs, OpSize size)
    {
        Tensor x = inputs.Constant("x", new Shape(size["n"]));
        return run =>
        {
            Tensor sum = run.Tape.Allocate(Shape.Scalar, ElementType.Float64);
            GlobalNorm.SumOfSquares(run.Tape.Device, x, sum);
            run.Output(sum);
        };
    }
}
