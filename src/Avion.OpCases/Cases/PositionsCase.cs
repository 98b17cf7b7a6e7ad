namespace Avion.OpCases;

/// <summary>Positions added to packed sequences. B sequences · L positions, the length of the
/// longest sequence or more · D columns.</summary>
public sealed class PositionsCase : OpCase
{
    /// <inheritdoc />
    public override string Name => "Positions";

    /// <inheritdoc />
    public override IReadOnlyList<OpSize> Sizes { get; } =
    [
        OpSize.Of(("B", 0), ("longest", 0), ("L", 2), ("D", 5)),
        OpSize.Of(("B", 1), ("longest", 1), ("L", 1), ("D", 1)),
        OpSize.Of(("B", 5), ("longest", 12), ("L", 17), ("D", 15)),
        OpSize.Of(("B", 9), ("longest", 23), ("L", 23), ("D", 33)),
        OpSize.Of(("B", 11), ("longest", 3), ("L", 4), ("D", 288)),
    ];

    /// <inheritdoc />
    public override IReadOnlyList<OpSize> ModelSizes { get; } = [OpSize.Of(("B", 64), ("longest", 32), ("L", 77), ("D", 512))];

    /// <inheritdoc />
    public override OpForward Build(OpInputs inputs, OpSize size)
    {
        SequenceOffsets offsets = inputs.Offsets(PackedLengths.Uneven(size["B"], size["longest"]));
        Parameter x = inputs.Parameter("x", new Shape(offsets.TokenCount, size["D"]));
        Parameter positions = inputs.Parameter("positions", new Shape(size["L"], size["D"]));
        return run => run.Output(run.Tape.AddPositions(run.Read(x), positions, offsets));
    }
}
