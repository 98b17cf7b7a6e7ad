namespace Avion.Training;

/// <summary>A step that was given to the device and whose result nobody has read yet.</summary>
/// <param name="Batch">Its clips, which go back to the loader when the result is read.</param>
/// <param name="Step">Steps of the run, this one included.</param>
/// <param name="LearningRate">Its rate.</param>
/// <param name="BadClips">Clips that could not be read so far.</param>
/// <param name="Times">The clock when it had been given to the device.</param>
internal readonly record struct IssuedStep(ClipBatch Batch, long Step, double LearningRate, long BadClips, StepTimes Times);

/// <summary>Seconds since a run's clock began.</summary>
/// <param name="Elapsed">All of them.</param>
/// <param name="Waiting">Those spent waiting for data.</param>
/// <param name="Stepping">Those spent in steps.</param>
internal readonly record struct StepTimes(double Elapsed, double Waiting, double Stepping)
{
    public static StepTimes operator -(StepTimes end, StepTimes start) =>
        new(end.Elapsed - start.Elapsed, end.Waiting - start.Waiting, end.Stepping - start.Stepping);
}
