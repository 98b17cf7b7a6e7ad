namespace Avion.OpCases;

/// <summary>Rows of a table by token. N tokens · V vocabulary · D columns.</summary>
public sealed class EmbeddingCase : OpCase
{
    /// <inheritdoc />
    public override string Name => "Embedding";

    /// <inheritdoc />
    public override IReadOnlyList<OpSize> Sizes { get; } =
    [
        OpSize.Of(("N", 0), ("V", 3), ("D", 5)),
        OpSize.Of(("N", 1), ("V", 1), ("D", 1)),
        OpSize.Of(("N", 37), ("V", 11), ("D", 17)),
        OpSize.Of(("N", 131), ("V", 401), ("D", 197)),
    ];

    /// <inheritdoc />
    public override IReadOnlyList<OpSize> ModelSizes { get; } = [OpSize.Of(("N", 512), ("V", 49408), ("D", 512))];

    /// <inheritdoc />
    public override OpForward Build(OpInputs inputs, OpSize size)
    {
        Parameter table = inputs.Parameter("table", new Shape(size["V"], size["D"]));
        Tensor ids = inputs.Int32("ids", new Shape(size["N"]), size["V"]);
        return run => run.Output(run.Tape.Embed(table, ids));
    }
}
