namespace Avion.OpCases;

/// <summary>Attention from one query of each sequence. D width · A heads · lengths of three sequences.</summary>
public sealed class PooledAttentionCase : OpCase
{
    /// <inheritdoc />
    public override string Name => "PooledAttention";

    /// <inheritdoc />
    public override IReadOnlyList<OpSize> Sizes { get; } =
    [
        Size(6, 2, 1, 1, 1), Size(8, 1, 0, 3, 2), Size(51, 3, 5, 1, 17), Size(60, 4, 31, 7, 64), Size(128, 2, 197, 3, 11),
        Size(168, 1, 37, 0, 19),
    ];

    /// <inheritdoc />
    public override IReadOnlyList<OpSize> ModelSizes { get; } = [Size(768, 12, 785, 785, 785), Size(512, 8, 5, 9, 7)];

    /// <inheritdoc />
    public override OpForward Build(OpInputs inputs, OpSize size)
    {
        SequenceOffsets offsets = inputs.Offsets(size["n0"], size["n1"], size["n2"]);
        Parameter q = inputs.Parameter("q", new Shape(3, size["D"]), deviation: 2);
        Parameter keyValue = inputs.Parameter("keyValue", new Shape(offsets.TokenCount, 2 * size["D"]));
        int headCount = size["A"];
        return run => run.Output(run.Tape.AttendFromOneRow(run.Read(q), run.Read(keyValue), offsets, headCount));
    }

    private static OpSize Size(int width, int heads, int n0, int n1, int n2) =>
        OpSize.Of(("D", width), ("A", heads), ("n0", n0), ("n1", n1), ("n2", n2));
}
