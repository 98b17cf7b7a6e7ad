namespace Avion.Training.Tests;

/// <summary>A <see cref="BrightnessTask"/> whose rank 1 fails in one of several ways at one step.</summary>
internal sealed class FailingRankTask : BrightnessTask, ITrainingTask<FailingRankTask>
{
    /// <summary>Counted from 1.</summary>
    public const long Step = 6;

    private static int s_modelCount;

    private FailingRankTask(TaskSetup setup) : base(setup)
    {
        if (setup.Recipe.Name == "other weights" && setup.Purpose == TaskPurpose.Training)
        {
            setup.Device.Upload([(float)Interlocked.Increment(ref s_modelCount)], Model.Bias.Value.Part(0, 1));
        }
    }

    static string ITrainingTask<FailingRankTask>.Name => "failing_rank";

    static TaskOptions ITrainingTask<FailingRankTask>.Options => Options;

    static FailingRankTask ITrainingTask<FailingRankTask>.Create(TaskSetup setup) => new(setup);

    public override Tensor Loss(Tape tape, in BatchTensors batch, StepMeasurements measured)
    {
        Tensor loss = base.Loss(tape, batch, measured);
        if (tape.Context.Rank == 1 && tape.Context.Step + 1 == Step)
        {
            switch (Setup.Recipe.Name)
            {
                case "throws": throw new RunException("the second device fell off the bus");
                case "not finite": tape.Device.Fill(loss, double.NaN); break;
            }
        }

        return loss;
    }
}
