namespace Avion.OpCases;

/// <summary>Patches of pixels. B clips · T frames · H, W pixels · P pixels of a patch's side · Pt frames of a tubelet.</summary>
public sealed class PatchifyCase(bool mixesClips) : OpCase
{
    private static readonly VideoNormalization s_normalization = new(122.77f, 116.75f, 104.09f, 68.5f, 66.63f, 70.32f);

    /// <inheritdoc />
    public override string Name => mixesClips ? "Patchify/Mixed" : "Patchify";

    /// <inheritdoc />
    public override bool IsDifferentiable => false;

    /// <inheritdoc />
    public override IReadOnlyList<OpSize> Sizes { get; } =
    [
        OpSize.Of(("B", 0), ("T", 2), ("H", 4), ("W", 4), ("P", 2), ("Pt", 1)),
        OpSize.Of(("B", 1), ("T", 1), ("H", 1), ("W", 1), ("P", 1), ("Pt", 1)),
        OpSize.Of(("B", 3), ("T", 2), ("H", 12), ("W", 18), ("P", 6), ("Pt", 1)),
        OpSize.Of(("B", 2), ("T", 6), ("H", 15), ("W", 10), ("P", 5), ("Pt", 3)),
        OpSize.Of(("B", 5), ("T", 2), ("H", 6), ("W", 8), ("P", 2), ("Pt", 2)),
        OpSize.Of(("B", 3), ("T", 1), ("H", 16), ("W", 24), ("P", 8), ("Pt", 1)),
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
        ClipMixing mixing = mixesClips ? Mixing(inputs, size["B"], size["H"], size["W"]) : default;
        return run =>
        {
            run.Output(run.Tape.PatchifyTubelets(pixels, s_normalization, patchSize, tubeletFrames, mirrored, mixing));
            run.Output(mixesClips
                ? run.Tape.PatchifyTubelets(numbers, VideoNormalization.None, patchSize, tubeletFrames, mixing: mixing)
                : run.Tape.PatchifyFloat(numbers, patchSize, tubeletFrames));
        };
    }

    /// <summary>Clips in turn: as they are, mixup, CutMix, both at once.</summary>
    private static ClipMixing Mixing(OpInputs inputs, int clips, int height, int width)
    {
        int[] places = new int[clips * ClipMixing.PlaceColumns];
        float[] shares = new float[clips];
        for (int clip = 0; clip < clips; clip++)
        {
            bool isBlended = clip % 2 == 1, hasBox = clip % 4 >= 2;
            shares[clip] = isBlended ? 0.3f : 1;
            int[] place = hasBox
                ? [(clip + 1) % clips, height / 3, (height / 3) + (height / 2), width / 4, width]
                : [isBlended ? (clip + 1) % clips : clip, 0, 0, 0, 0];
            place.CopyTo(places, clip * ClipMixing.PlaceColumns);
        }

        return new ClipMixing(inputs.Int32(new Shape(clips, ClipMixing.PlaceColumns), places), inputs.Statistics(new Shape(clips), shares));
    }
}
