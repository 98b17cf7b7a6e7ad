namespace Avion.OpCases;

/// <summary>The mean of each sequence. B sequences · D columns.</summary>
public sealed class MeanPoolCase : OpCase
{
    /// <inheritdoc />
    public override string Name => "MeanPool";

    /// <inheritdoc />
    public override IReadOnlyList<OpSize> Sizes { get; } =
    [
        OpSize.Of(("B", 1), ("longest", 1), ("D", 1)),
        OpSize.Of(("B", 7), ("longest", 13), ("D", 17)),
        OpSize.Of(("B", 4), ("longest", 31), ("D", 517)),
        OpSize.Of(("B", 5), ("longest", 21), ("D", 288)),
    ];

    /// <inheritdoc />
    public override IReadOnlyList<OpSize> ModelSizes { get; } = [OpSize.Of(("B", 4), ("longest", 1568), ("D", 768))];

    /// <inheritdoc />
    public override OpForward Build(OpInputs inputs, OpSize size)
    {
        SequenceOffsets offsets = inputs.Offsets(PackedLengths.Uneven(size["B"], size["longest"]));
        Parameter x = inputs.Parameter("x", new Shape(offsets.TokenCount, size["D"]));
        return run => run.Output(run.Tape.MeanPool(run.Read(x), offsets));
    }
}
