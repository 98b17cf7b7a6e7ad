namespace Avion.OpCases;

/// <summary>GELU on n elements spread over [-6, 6].</summary>
public sealed class GeluCase(GeluKind kind) : OpCase
{
    /// <inheritdoc />
    public override string Name => $"Gelu/{kind}";

    /// <inheritdoc />
    public override IReadOnlyList<OpSize> Sizes { get; } =
    [
        OpSize.Of(("n", 0)), OpSize.Of(("n", 1)), OpSize.Of(("n", 15)), OpSize.Of(("n", 17)), OpSize.Of(("n", 20_011)),
    ];

    /// <inheritdoc />
    public override IReadOnlyList<OpSize> ModelSizes { get; } = [OpSize.Of(("n", 1570 * 3072))];

    /// <inheritdoc />
    public override OpForward Build(OpInputs inputs, OpSize size)
    {
        Parameter x = inputs.Parameter("x", new Shape(size["n"]), deviation: 2);
        return run => run.Output(run.Tape.Gelu(run.Read(x), kind));
    }
}

/// <summary>A linear layer with GELU. N rows · I inputs · O outputs.</summary>
public sealed class LinearGeluCase(GeluKind kind) : OpCase
{
    /// <inheritdoc />
    public override string Name => $"LinearGelu/{kind}";

    /// <inheritdoc />
    public override IReadOnlyList<OpSize> Sizes => LinearCase.SmallSizes;

    /// <inheritdoc />
    public override IReadOnlyList<OpSize> ModelSizes { get; } =
    [
        OpSize.Of(("N", 1570), ("I", 768), ("O", 3072)),
        OpSize.Of(("N", 4640), ("I", 192), ("O", 768)),
    ];

    /// <inheritdoc />
    public override OpForward Build(OpInputs inputs, OpSize size)
    {
        Parameter x = inputs.Parameter("x", new Shape(size["N"], size["I"]));
        Parameter weight = inputs.Parameter("weight", new Shape(size["O"], size["I"]), deviation: 0.2);
        Parameter bias = inputs.Parameter("bias", new Shape(size["O"]));
        return run => run.Output(run.Tape.LinearGelu(run.Read(x), weight, bias, kind));
    }
}
