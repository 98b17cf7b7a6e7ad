namespace Avion.OpCases;

/// <summary>A linear layer. N rows · I inputs · O outputs.</summary>
public sealed class LinearCase : OpCase
{
    internal static readonly IReadOnlyList<OpSize> SmallSizes =
    [
        OpSize.Of(("N", 0), ("I", 4), ("O", 3)),
        OpSize.Of(("N", 1), ("I", 1), ("O", 1)),
        OpSize.Of(("N", 7), ("I", 15), ("O", 17)),
        OpSize.Of(("N", 33), ("I", 64), ("O", 47)),
        OpSize.Of(("N", 197), ("I", 96), ("O", 130)),
        OpSize.Of(("N", 1009), ("I", 24), ("O", 32)),
    ];

    /// <inheritdoc />
    public override string Name => "Linear";

    /// <inheritdoc />
    public override IReadOnlyList<OpSize> Sizes => SmallSizes;

    /// <inheritdoc />
    public override IReadOnlyList<OpSize> ModelSizes { get; } =
    [
        OpSize.Of(("N", 1570), ("I", 768), ("O", 2304)),
        OpSize.Of(("N", 1570), ("I", 3072), ("O", 768)),
        OpSize.Of(("N", 4640), ("I", 192), ("O", 576)),
    ];

    /// <inheritdoc />
    public override OpForward Build(OpInputs inputs, OpSize size)
    {
        Parameter x = inputs.Parameter("x", new Shape(size["N"], size["I"]));
        Parameter weight = inputs.Parameter("weight", new Shape(size["O"], size["I"]), deviation: 0.2);
        Parameter bias = inputs.Parameter("bias", new Shape(size["O"]));
        return run => run.Output(run.Tape.Linear(run.Read(x), weight, bias));
    }
}

/// <summary>A projection, whose matrix is stored [I, O].</summary>
public sealed class ProjectCase : OpCase
{
    /// <inheritdoc />
    public override string Name => "Linear/Project";

    /// <inheritdoc />
    public override IReadOnlyList<OpSize> Sizes => LinearCase.SmallSizes;

    /// <inheritdoc />
    public override OpForward Build(OpInputs inputs, OpSize size)
    {
        Parameter x = inputs.Parameter("x", new Shape(size["N"], size["I"]));
        Parameter matrix = inputs.Parameter("matrix", new Shape(size["I"], size["O"]), deviation: 0.2);
        return run => run.Output(run.Tape.Project(run.Read(x), matrix));
    }
}
