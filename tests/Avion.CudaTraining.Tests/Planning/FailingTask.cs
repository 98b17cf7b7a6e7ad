namespace Avion.CudaTraining.Tests;

/// <summary>A <see cref="BrightnessTask"/> that fails on the second rank as soon as it gets another batch than its first.</summary>
internal sealed class FailingTask : BrightnessTask, ITrainingTask<FailingTask>
{
    public const string Message = "The second rank fails.";

    private (long Epoch, long Step)? _first;

    private FailingTask(TaskSetup setup) : base(setup)
    {
    }

    static string ITrainingTask<FailingTask>.Name => "failing";

    static TaskOptions ITrainingTask<FailingTask>.Options => Options;

    static FailingTask ITrainingTask<FailingTask>.Create(TaskSetup setup) => new(setup);

    public override void Prepare(Tape tape, in BatchTensors batch)
    {
        base.Prepare(tape, batch);
        (long, long) place = (tape.Context.Epoch, tape.Context.StepInEpoch);
        _first ??= place;
        if (tape.Context.Communicator?.Rank == 1 && place != _first)
        {
            throw new ArgumentException(Message);
        }
    }
}
