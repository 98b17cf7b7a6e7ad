namespace Avion.OpCases;

/// <summary>A step of a moving average on flat memory of n elements.</summary>
public sealed class MovingAverageCase : OpCase
{
    /// <inheritdoc />
    public override string Name => "MovingAverage";

    /// <inheritdoc />
    public override bool IsOfActivations => false;

    /// <inheritdoc />
    public override bool IsDifferentiable => false;

    /// <inheritdoc />
    public override IReadOnlyList<OpSize> Sizes { get; } =
        [OpSize.Of(("n", 0)), OpSize.Of(("n", 9)), OpSize.Of(("n", 67)), OpSize.Of(("n", 50_021))];

    /// <inheritdoc />
    public override IReadOnlyList<OpSize> ModelSizes { get; } = [OpSize.Of(("n", 19_000_000))];

    /// <inheritdoc />
    public override OpForward Build(OpInputs inputs, OpSize size)
    {
        Tensor values = inputs.Constant("values", new Shape(size["n"])), average = inputs.Constant("average", new Shape(size["n"]));
        Tensor step = inputs.Step(new StepScalars { IsFinite = 1 });
        return run =>
        {
            Tensor updated = run.Copy(average);
            MovingAverage.Step(run.Tape.Device, values, updated, decay: 0.75, step);
            run.Output(updated);
        };
    }
}
