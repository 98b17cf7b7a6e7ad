namespace Avion.Training.Tests;

/// <summary>A <see cref="BrightnessTask"/> whose loss is not finite at one step, or from it on, or ever, as the run's name says.</summary>
internal sealed class DivergingTask : BrightnessTask, ITrainingTask<DivergingTask>
{
    /// <summary>Counted from 1.</summary>
    public const long Step = 12;

    public const string FromThenOn = "from then on", FromTheFirst = "from the first";

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

    private bool Diverges(long step) => Setup.Recipe.Name switch
    {
        FromThenOn => step >= Step,
        FromTheFirst => true,
        _ => step == Step,
    };

    public override void Dispose()
    {
        _store.Dispose();
        base.Dispose();
    }

    protected override Tensor Classify(Tape tape, Tensor pixels)
    {
        Tensor logits = base.Classify(tape, pixels);
        return Diverges(tape.Context.Step + 1) ? tape.ScaleColumns(logits, _infinite) : logits;
    }
}
