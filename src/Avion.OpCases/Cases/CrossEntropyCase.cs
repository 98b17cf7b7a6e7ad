namespace Avion.OpCases;

/// <summary>Cross-entropy with soft targets that need not sum to one. B samples · C classes.</summary>
public sealed class CrossEntropyCase : OpCase
{
    /// <inheritdoc />
    public override string Name => "CrossEntropy";

    /// <inheritdoc />
    public override IReadOnlyList<OpSize> Sizes { get; } =
    [
        OpSize.Of(("B", 0), ("C", 3)), OpSize.Of(("B", 1), ("C", 1)), OpSize.Of(("B", 5), ("C", 17)), OpSize.Of(("B", 13), ("C", 397)),
    ];

    /// <inheritdoc />
    public override IReadOnlyList<OpSize> ModelSizes { get; } = [OpSize.Of(("B", 64), ("C", 3806))];

    /// <inheritdoc />
    public override OpForward Build(OpInputs inputs, OpSize size)
    {
        Parameter logits = inputs.Parameter("logits", new Shape(size["B"], size["C"]), deviation: 3);
        Tensor target = inputs.Statistics("target", new Shape(size["B"], size["C"]), mean: 0.2, deviation: 0.1);
        return run => run.Output(run.Tape.SoftmaxCrossEntropy(run.Read(logits), target));
    }
}
