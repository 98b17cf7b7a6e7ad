namespace Avion.OpCases;

/// <summary>Packed sequences joined pair by pair. B sequences · D columns.</summary>
public sealed class ConcatenateRowsCase : OpCase
{
    /// <inheritdoc />
    public override string Name => "Concatenate";

    /// <inheritdoc />
    public override IReadOnlyList<OpSize> Sizes { get; } =
    [
        OpSize.Of(("B", 0), ("longest", 0), ("D", 3)),
        OpSize.Of(("B", 1), ("longest", 1), ("D", 1)),
        OpSize.Of(("B", 7), ("longest", 13), ("D", 17)),
        OpSize.Of(("B", 4), ("longest", 31), ("D", 517)),
    ];

    /// <inheritdoc />
    public override IReadOnlyList<OpSize> ModelSizes { get; } = [OpSize.Of(("B", 4), ("longest", 784), ("D", 768))];

    /// <inheritdoc />
    public override OpForward Build(OpInputs inputs, OpSize size)
    {
        // The second input's lengths run the other way, so that long sequences meet short and empty ones.
        int[] lengths = size["B"] == 0 ? [] : PackedLengths.Uneven(size["B"], size["longest"]);
        SequenceOffsets first = inputs.Offsets(lengths);
        Array.Reverse(lengths);
        SequenceOffsets second = inputs.Offsets(lengths);
        Parameter a = inputs.Parameter("a", new Shape(first.TokenCount, size["D"])),
            b = inputs.Parameter("b", new Shape(second.TokenCount, size["D"]));
        return run => run.Output(run.Tape.ConcatenateRows(run.Read(a), first, run.Read(b), second));
    }
}
