namespace Avion.OpCases;

/// <summary>The symmetric contrastive loss. B pairs · E columns.</summary>
public sealed class ContrastiveCase : OpCase
{
    /// <inheritdoc />
    public override string Name => "Contrastive";

    /// <inheritdoc />
    public override IReadOnlyList<OpSize> Sizes { get; } =
    [
        OpSize.Of(("B", 1), ("E", 3)),
        OpSize.Of(("B", 7), ("E", 5)),
        OpSize.Of(("B", 65), ("E", 17)),
        OpSize.Of(("B", 131), ("E", 33)),
    ];

    /// <inheritdoc />
    public override IReadOnlyList<OpSize> ModelSizes { get; } = [OpSize.Of(("B", 256), ("E", 256)), OpSize.Of(("B", 2048), ("E", 256))];

    /// <inheritdoc />
    public override OpForward Build(OpInputs inputs, OpSize size)
    {
        Parameter image = inputs.Parameter("image", new Shape(size["B"], size["E"]), deviation: 0.7);
        Parameter text = inputs.Parameter("text", new Shape(size["B"], size["E"]), deviation: 0.7);
        Parameter logitScale = inputs.Parameter("logit_scale", Shape.Scalar, mean: 0.5, deviation: 0);
        return run =>
        {
            run.Output(run.Tape.ContrastiveLoss(run.Read(image), run.Read(text), logitScale, out Tensor accuracy));
            run.Output(accuracy);
        };
    }
}

/// <summary>The contrastive loss of one rank. b own pairs · n pairs of all ranks · E columns · first own pair.</summary>
public sealed class LocalContrastiveCase : OpCase
{
    /// <inheritdoc />
    public override string Name => "Contrastive/Local";

    /// <inheritdoc />
    public override IReadOnlyList<OpSize> Sizes { get; } =
    [
        OpSize.Of(("b", 1), ("n", 2), ("E", 3), ("first", 1)),
        OpSize.Of(("b", 5), ("n", 11), ("E", 7), ("first", 3)),
        OpSize.Of(("b", 65), ("n", 130), ("E", 17), ("first", 65)),
    ];

    /// <inheritdoc />
    public override OpForward Build(OpInputs inputs, OpSize size)
    {
        int first = size["first"];
        Shape own = new(size["b"], size["E"]), all = new(size["n"], size["E"]);
        Parameter image = inputs.Parameter("image", own, deviation: 0.7), text = inputs.Parameter("text", own, deviation: 0.7);
        Parameter allImages = inputs.Parameter("all_images", all, deviation: 0.7),
            allTexts = inputs.Parameter("all_texts", all, deviation: 0.7);
        Parameter logitScale = inputs.Parameter("logit_scale", Shape.Scalar, mean: 0.5, deviation: 0);
        return run =>
        {
            run.Output(run.Tape.ContrastiveLoss(run.Read(image), run.Read(text), run.Read(allImages), run.Read(allTexts), logitScale,
                first, out Tensor accuracy));
            run.Output(accuracy);
        };
    }
}
