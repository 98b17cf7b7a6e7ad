namespace Avion.OpCases;

/// <summary>Share of right first classes. B rows · C classes.</summary>
public sealed class TopClassCase : OpCase
{
    /// <inheritdoc />
    public override string Name => "TopClass";

    /// <inheritdoc />
    public override bool IsDifferentiable => false;

    /// <inheritdoc />
    public override IReadOnlyList<OpSize> Sizes { get; } =
        [OpSize.Of(("B", 0), ("C", 3)), OpSize.Of(("B", 1), ("C", 1)), OpSize.Of(("B", 7), ("C", 2)), OpSize.Of(("B", 61), ("C", 17))];

    /// <inheritdoc />
    public override IReadOnlyList<OpSize> ModelSizes { get; } = [OpSize.Of(("B", 64), ("C", 3806))];

    /// <inheritdoc />
    public override OpForward Build(OpInputs inputs, OpSize size)
    {
        Shape shape = new(size["B"], size["C"]);
        Tensor logits = inputs.Constant("logits", shape), target = inputs.Statistics("target", shape);
        return run => run.Output(run.Tape.TopClassAccuracy(logits, target));
    }
}
