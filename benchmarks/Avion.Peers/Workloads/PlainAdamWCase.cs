namespace Avion.Peers;

/// <summary>AdamW's first update of n parameters in one range, as PyTorch has it.</summary>
internal sealed class PlainAdamWCase : OpCase
{
    public const double LearningRate = 1e-3, WeightDecay = 0.01, Beta1 = 0.9, Beta2 = 0.999, Epsilon = 1e-8;

    public override string Name => "AdamW";

    public override bool IsOfActivations => false;

    public override bool IsDifferentiable => false;

    public override IReadOnlyList<OpSize> Sizes { get; } = [OpSize.Of(("n", 67))];

    public override OpForward Build(OpInputs inputs, OpSize size)
    {
        Shape shape = new(size["n"]);
        Parameter values = inputs.Parameter("values", shape), gradients = inputs.Parameter("gradients", shape, deviation: 0.1);
        Parameter first = inputs.Parameter("first", shape, deviation: 0.1);
        Parameter second = inputs.Parameter("second", shape, mean: 0.1, deviation: 0.01);
        UpdateTable ranges = inputs.Ranges(new UpdateRange(0, size["n"], 1, (float)WeightDecay));
        Tensor step = inputs.Step(new StepScalars
        {
            LearningRate = LearningRate, WeightDecayFactor = 1, GradientScale = 1, IsFinite = 1, UpdateCount = 1,
        });
        return run =>
        {
            Tensor p = run.Tape.Allocate(shape), m = run.Tape.Allocate(shape), v = run.Tape.Allocate(shape);
            run.Tape.Device.Copy(values.Master, p);
            run.Tape.Device.Copy(first.Master, m);
            run.Tape.Device.Copy(second.Master, v);
            AdamW.Step(run.Tape.Device, p, gradients.Master, m, v, ranges, new AdamWSettings(Beta1, Beta2, Epsilon), step);
            run.Output(p);
            run.Output(m);
            run.Output(v);
        };
    }
}
