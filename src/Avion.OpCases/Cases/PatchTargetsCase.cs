namespace Avion.OpCases;

/// <summary>Pixel targets of hidden patches. N patches · n pixels of a patch · R chosen.</summary>
public sealed class PatchTargetsCase(bool normalizesPatches) : OpCase
{
    private static readonly VideoNormalization s_normalization = new(123.675f, 116.28f, 103.53f, 58.395f, 57.12f, 57.375f);

    /// <inheritdoc />
    public override string Name => normalizesPatches ? "PatchTargets/Normalized" : "PatchTargets/Pixels";

    /// <inheritdoc />
    public override bool IsDifferentiable => false;

    /// <inheritdoc />
    public override IReadOnlyList<OpSize> Sizes { get; } =
    [
        OpSize.Of(("N", 1), ("n", 2), ("R", 1)), OpSize.Of(("N", 7), ("n", 128), ("R", 0)), OpSize.Of(("N", 61), ("n", 67), ("R", 53)),
    ];

    /// <inheritdoc />
    public override IReadOnlyList<OpSize> ModelSizes { get; } = [OpSize.Of(("N", 1568), ("n", 512), ("R", 1408))];

    /// <inheritdoc />
    public override OpForward Build(OpInputs inputs, OpSize size)
    {
        Tensor patches = inputs.Constant("patches", new Shape(size["N"], 3 * size["n"]), mean: 0.3);
        Tensor rows = inputs.Int32("rows", new Shape(size["R"]), size["N"]);
        return run => run.Output(run.Tape.PatchTargetsOf(patches, rows, s_normalization, normalizesPatches));
    }
}
