namespace Avion.OpCases;

/// <summary>Rows picked by number. N rows · R picked · D columns.</summary>
public sealed class GatherRowsCase : OpCase
{
    /// <summary>None, more rows than there are, and numbers that fill no vector.</summary>
    public static readonly IReadOnlyList<OpSize> SmallSizes =
    [
        OpSize.Of(("N", 3), ("R", 0), ("D", 5)),
        OpSize.Of(("N", 1), ("R", 4), ("D", 1)),
        OpSize.Of(("N", 29), ("R", 13), ("D", 15)),
        OpSize.Of(("N", 83), ("R", 131), ("D", 129)),
        OpSize.Of(("N", 17), ("R", 70), ("D", 288)),
    ];

    /// <summary>The decoder of VideoMAE at two clips.</summary>
    public static readonly IReadOnlyList<OpSize> DecoderSizes = [OpSize.Of(("N", 3136), ("R", 320), ("D", 768))];

    /// <inheritdoc />
    public override string Name => "Rows/Gather";

    /// <inheritdoc />
    public override IReadOnlyList<OpSize> Sizes => SmallSizes;

    /// <inheritdoc />
    public override IReadOnlyList<OpSize> ModelSizes => DecoderSizes;

    /// <inheritdoc />
    public override OpForward Build(OpInputs inputs, OpSize size)
    {
        Parameter x = inputs.Parameter("x", new Shape(size["N"], size["D"]));
        Tensor rows = inputs.Int32("rows", new Shape(size["R"]), size["N"]);
        return run => run.Output(run.Tape.GatherRows(run.Read(x), rows));
    }
}
