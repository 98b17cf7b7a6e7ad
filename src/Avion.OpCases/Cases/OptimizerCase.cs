namespace Avion.OpCases;

/// <summary>An optimizer step on flat memory of n elements, of which three ranges are updated and the rest is not.</summary>
public sealed class OptimizerCase(string optimizer) : OpCase
{
    /// <inheritdoc />
    public override string Name => optimizer;

    /// <inheritdoc />
    public override bool IsOfActivations => false;

    /// <inheritdoc />
    public override bool IsDifferentiable => false;

    /// <inheritdoc />
    public override IReadOnlyList<OpSize> Sizes { get; } = [OpSize.Of(("n", 9)), OpSize.Of(("n", 67)), OpSize.Of(("n", 50_021))];

    /// <inheritdoc />
    public override IReadOnlyList<OpSize> ModelSizes { get; } = [OpSize.Of(("n", 19_000_000))];

    /// <inheritdoc />
    public override OpForward Build(OpInputs inputs, OpSize size)
    {
        int n = size["n"];
        Tensor values = inputs.Constant("values", new Shape(n));
        Tensor gradients = inputs.Constant("gradients", new Shape(n), deviation: 0.1);
        Tensor first = inputs.Constant("first moment", new Shape(n), deviation: 0.1);
        Tensor second = inputs.Constant("second moment", new Shape(n), mean: 0.1, deviation: 0.01);
        UpdateTable ranges = inputs.Ranges(
        [
            new(0, n / 8, 2e-2, 0.05f), new(n / 8, n / 2, 4e-2, 0), new((n / 2) + (n / 8) + 1, (n / 4) - 1, 2e-3, 0.1f),
        ]);
        Tensor step = inputs.Step(new StepScalars
        {
            LearningRate = 0.5, WeightDecayFactor = 0.75, GradientScale = 0.5, IsFinite = 1, UpdateCount = 3,
        });
        AdamWSettings adamW = new(0.9, 0.999, 1e-8);
        LionSettings lion = new(0.9, 0.95);
        SgdSettings sgd = new(0.9);
        return run =>
        {
            Tensor p = run.Copy(values), m = run.Copy(first);
            switch (optimizer)
            {
                case "AdamW":
                    Tensor v = run.Copy(second);
                    AdamW.Step(run.Tape.Device, p, gradients, m, v, ranges, adamW, step);
                    run.Output(v);
                    break;
                case "Lion":
                    Lion.Step(run.Tape.Device, p, gradients, m, ranges, lion, step);
                    break;
                default:
                    Sgd.Step(run.Tape.Device, p, gradients, m, ranges, sgd, step);
                    break;
            }

            run.Output(p);
            run.Output(m);
        };
    }
}
