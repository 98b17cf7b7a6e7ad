namespace Avion.Training.Tests;

/// <summary>A <see cref="BrightnessTask"/> whose loss is not finite at one step.</summary>
internal sealed class DivergingTask : BrightnessTask, ITrainingTask<DivergingTask>
{
    /// <summary>Counted from 1.</summary>
    public const long Step = 12;

    private readonly ParameterStore _store = new();
    private readonly Parameter _infinite;

    private DivergingTask(TaskSetup setup) : base(setup)
    {
        _infinite = _store.Add("infinite", new Shape(Model.LevelCount));
        _store.Allocate(setup.Device, withGradients: false);
        setup.Device.Upload([.. Enumerable.Repeat(float.PositiveInfinity, Model.LevelCount)], _infinite.Value);
    }

    static string ITrainingTask<DivergingTask>.Name => "diverging";

    static TaskOptions ITrainingTask<DivergingTask>.Options => Options;

    static DivergingTask ITrainingTask<DivergingTask>.Create(TaskSetup setup) => new(setup);

    public override void Dispose()
    {
        _store.Dispose();
        base.Dispose();
    }

    protected override Tensor Classify(Tape tape, Tensor pixels)
    {
        Tensor logits = base.Classify(tape, pixels);
        return tape.Context.Step + 1 == Step ? tape.ScaleColumns(logits, _infinite) : logits;
    }
}
