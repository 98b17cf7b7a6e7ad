namespace Avion.OpCases;

/// <summary>Dropout of elements, or of whole sequences. N rows (tokens) · D columns (width).</summary>
public sealed class DropoutCase(bool ofSequences) : OpCase
{
    /// <inheritdoc />
    public override string Name => ofSequences ? "Dropout/Path" : "Dropout";

    /// <inheritdoc />
    public override IReadOnlyList<OpSize> Sizes { get; } =
    [
        OpSize.Of(("N", 0), ("D", 8)), OpSize.Of(("N", 1), ("D", 1)), OpSize.Of(("N", 29), ("D", 17)), OpSize.Of(("N", 131), ("D", 67)),
        OpSize.Of(("N", 37), ("D", 288)),
    ];

    /// <inheritdoc />
    public override IReadOnlyList<OpSize> ModelSizes { get; } = [OpSize.Of(("N", 1570), ("D", 768))];

    /// <inheritdoc />
    public override OpForward Build(OpInputs inputs, OpSize size)
    {
        int n = size["N"];
        Parameter x = inputs.Parameter("x", new Shape(n, size["D"]));
        SequenceOffsets offsets = inputs.Offsets(n / 2, 0, n / 4, n - (n / 2) - (n / 4));
        DropKey key = DropKey.For(7, place: 3, step: 11);
        return run => run.Output(ofSequences
            ? run.Tape.DropPath(run.Read(x), offsets, 0.4f, key)
            : run.Tape.Dropout(run.Read(x), 0.4f, key));
    }
}
