namespace Avion.OpCases;

/// <summary>The sigmoid contrastive loss. b images · n texts · E columns · first text that belongs to an image.</summary>
public sealed class SigmoidContrastiveCase : OpCase
{
    /// <inheritdoc />
    public override string Name => "SigmoidContrastive";

    /// <inheritdoc />
    public override IReadOnlyList<OpSize> Sizes { get; } =
    [
        Of(1, 1, 3, 0), Of(7, 7, 5, 0), Of(5, 11, 7, 3), Of(65, 131, 17, 66),
    ];

    /// <inheritdoc />
    public override IReadOnlyList<OpSize> ModelSizes { get; } = [Of(256, 256, 256, 0)];

    /// <inheritdoc />
    public override OpForward Build(OpInputs inputs, OpSize size)
    {
        int first = size["first"];
        Parameter image = inputs.Parameter("image", new Shape(size["b"], size["E"]), deviation: 0.7);
        Parameter text = inputs.Parameter("text", new Shape(size["n"], size["E"]), deviation: 0.7);
        Parameter scale = inputs.Parameter("logit_scale", Shape.Scalar, mean: 0.5, deviation: 0);
        Parameter bias = inputs.Parameter("logit_bias", Shape.Scalar, mean: -2, deviation: 0);
        return run => run.Output(run.Tape.SigmoidContrastiveLoss(run.Read(image), run.Read(text), scale, bias, first));
    }

    private static OpSize Of(int own, int all, int columns, int first) =>
        OpSize.Of(("b", own), ("n", all), ("E", columns), ("first", first));
}
