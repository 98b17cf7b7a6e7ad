namespace Avion.OpCases;

/// <summary>Patches of pixels. B clips · T frames · H, W pixels · P pixels of a patch's side · Pt frames of a tubelet.</summary>
public sealed class PatchifyCase : OpCase
{
    private static readonly VideoNormalization s_normalization = new(122.77f, 116.75f, 104.09f, 68.5f, 66.63f, 70.32f);

    /// <inheritdoc />
    public override string Name => "Patchify";

    /// <inheritdoc />
    public override bool IsDifferentiable => false;

    /// <inheritdoc />
    public override IReadOnlyList<OpSize> Sizes { get; } =
    [
        OpSize.Of(("B", 0), ("T", 2), ("H", 4), ("W", 4), ("P", 2), ("Pt", 1)),
        OpSize.Of(("B", 1), ("T", 1), ("H", 1), ("W", 1), ("P", 1), ("Pt", 1)),
        OpSize.Of(("B", 3), ("T", 2), ("H", 12), ("W", 18), ("P", 6), ("Pt", 1)),
        OpSize.Of(("B", 2), ("T", 6), ("H", 15), ("W", 10), ("P", 5), ("Pt", 3)),
    ];

    /// <inheritdoc />
    public override IReadOnlyList<OpSize> ModelSizes { get; } =
    [
        OpSize.Of(("B", 2), ("T", 4), ("H", 224), ("W", 224), ("P", 16), ("Pt", 1)),
        OpSize.Of(("B", 2), ("T", 16), ("H", 224), ("W", 224), ("P", 16), ("Pt", 2)),
    ];

    /// <inheritdoc />
    public override OpForward Build(OpInputs inputs, OpSize size)
    {
        int patchSize = size["P"], tubeletFrames = size["Pt"];
        Shape shape = new(size["B"], size["T"], 3, size["H"], size["W"]);
        Tensor pixels = inputs.UInt8("pixels", shape), mirrored = inputs.UInt8("mirrored", new Shape(size["B"]));
        Tensor numbers = inputs.Constant("numbers", shape);
        return run =>
        {
            run.Output(run.Tape.PatchifyTubelets(pixels, s_normalization, patchSize, tubeletFrames, mirrored));
            run.Output(run.Tape.PatchifyFloat(numbers, patchSize, tubeletFrames));
        };
    }
}
