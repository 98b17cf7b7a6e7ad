namespace Avion.CudaTraining.Tests;

/// <summary>A <see cref="BrightnessTask"/> whose loss waits for the device, as no step should.</summary>
internal sealed class WaitingTask : BrightnessTask, ITrainingTask<WaitingTask>
{
    private WaitingTask(TaskSetup setup) : base(setup)
    {
    }

    static string ITrainingTask<WaitingTask>.Name => "waiting";

    static TaskOptions ITrainingTask<WaitingTask>.Options => Options;

    static WaitingTask ITrainingTask<WaitingTask>.Create(TaskSetup setup) => new(setup);

    protected override Tensor Classify(Tape tape, Tensor pixels)
    {
        Tensor logits = base.Classify(tape, pixels);
        tape.Device.Synchronize();
        return logits;
    }
}
