namespace Avion.OpCases;

/// <summary>Layer normalization. N rows (tokens) · D columns (width).</summary>
public sealed class LayerNormCase : OpCase
{
    /// <inheritdoc />
    public override string Name => "LayerNorm";

    /// <inheritdoc />
    public override IReadOnlyList<OpSize> Sizes { get; } =
    [
        OpSize.Of(("N", 0), ("D", 8)),
        OpSize.Of(("N", 1), ("D", 5)),
        OpSize.Of(("N", 7), ("D", 15)),
        OpSize.Of(("N", 17), ("D", 17)),
        OpSize.Of(("N", 131), ("D", 67)),
        OpSize.Of(("N", 197), ("D", 768)),
    ];

    /// <inheritdoc />
    public override IReadOnlyList<OpSize> ModelSizes { get; } =
    [
        OpSize.Of(("N", 1570), ("D", 768)),
        OpSize.Of(("N", 4640), ("D", 192)),
    ];

    /// <inheritdoc />
    public override OpForward Build(OpInputs inputs, OpSize size)
    {
        Parameter x = inputs.Parameter("x", new Shape(size["N"], size["D"]), mean: 0.5);
        Parameter weight = inputs.Parameter("weight", new Shape(size["D"]), mean: 1, deviation: 0.2);
        Parameter bias = inputs.Parameter("bias", new Shape(size["D"]));
        return run => run.Output(run.Tape.Normalize(run.Read(x), weight, bias, 1e-5f));
    }
}
