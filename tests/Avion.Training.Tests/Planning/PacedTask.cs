namespace Avion.Training.Tests;

/// <summary>A <see cref="BrightnessTask"/> whose steps take as long as a test says.</summary>
internal sealed class PacedTask : BrightnessTask, ITrainingTask<PacedTask>
{
    private PacedTask(TaskSetup setup) : base(setup)
    {
    }

    static string ITrainingTask<PacedTask>.Name => "paced";

    static TaskOptions ITrainingTask<PacedTask>.Options => Options;

    /// <summary>Milliseconds of a step at a place of the run, beside what the brightness itself takes.</summary>
    public static Func<StepContext, int> Pace { get; set; } = _ => 0;

    static PacedTask ITrainingTask<PacedTask>.Create(TaskSetup setup) => new(setup);

    protected override Tensor Classify(Tape tape, Tensor pixels)
    {
        if (tape.Device is CpuDevice)
        {
            Thread.Sleep(Pace(tape.Context));
        }

        return base.Classify(tape, pixels);
    }
}
