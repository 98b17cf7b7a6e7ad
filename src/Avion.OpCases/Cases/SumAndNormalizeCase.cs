namespace Avion.OpCases;

/// <summary>A residual addition with the layer norm behind it; both results are read. N rows (tokens) · D columns (width).</summary>
public sealed class SumAndNormalizeCase : OpCase
{
    /// <inheritdoc />
    public override string Name => "LayerNorm/Sum";

    /// <inheritdoc />
    public override IReadOnlyList<OpSize> Sizes { get; } =
    [
        OpSize.Of(("N", 0), ("D", 8)), OpSize.Of(("N", 1), ("D", 5)), OpSize.Of(("N", 17), ("D", 17)), OpSize.Of(("N", 131), ("D", 67)),
    ];

    /// <inheritdoc />
    public override IReadOnlyList<OpSize> ModelSizes { get; } = [OpSize.Of(("N", 1570), ("D", 768)), OpSize.Of(("N", 4640), ("D", 192))];

    /// <inheritdoc />
    public override OpForward Build(OpInputs inputs, OpSize size)
    {
        Parameter x = inputs.Parameter("x", new Shape(size["N"], size["D"]), mean: 0.5);
        Parameter branch = inputs.Parameter("branch", new Shape(size["N"], size["D"]));
        Parameter weight = inputs.Parameter("weight", new Shape(size["D"]), mean: 1, deviation: 0.2);
        Parameter bias = inputs.Parameter("bias", new Shape(size["D"]));
        return run =>
        {
            // The branch's memory is written over, so each call has its own.
            run.Output(run.Tape.SumAndNormalize(run.Read(x), run.ReadOwn(branch), weight, bias, 1e-5f, out Tensor sum));
            run.Output(sum);
        };
    }
}
