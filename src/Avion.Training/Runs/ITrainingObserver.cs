namespace Avion.Training;

/// <summary>How far a run is.</summary>
/// <param name="Step">Steps completed.</param>
/// <param name="TotalSteps">Steps of the whole run.</param>
/// <param name="Epoch">Epoch, from 0.</param>
/// <param name="Loss">Mean loss since the last report.</param>
/// <param name="LearningRate">Rate of the last step.</param>
/// <param name="ClipsPerSecond">Rate since the last report.</param>
/// <param name="DataWaitFraction">Share of the time since the last report that was spent waiting for data, 0 to 1.</param>
/// <param name="SecondsLeft">Estimate for the steps to come, evaluations not counted.</param>
public readonly record struct TrainingProgress(
    long Step,
    long TotalSteps,
    int Epoch,
    double Loss,
    double LearningRate,
    double ClipsPerSecond,
    double DataWaitFraction,
    double SecondsLeft);

/// <summary>Receives what a run wants to show while it goes on; how it is shown is the receiver's business.</summary>
/// <remarks>Calls come from the training thread, so an implementation must be quick.
/// <see cref="StepCompleted"/> must not allocate.</remarks>
public interface ITrainingObserver
{
    /// <summary>All that a run or an evaluation needs is there and fits, and its first clips are read: what fails from here on is no
    /// fault of the recipe.</summary>
    void Started()
    {
    }

    /// <summary>A line for the reader: the run began, resumed, saved a checkpoint.</summary>
    void Message(string text);

    /// <summary>Something the user should know that does not stop the run.</summary>
    void Warning(string text);

    /// <summary>A step was done.</summary>
    void StepCompleted(in TrainingProgress progress);

    /// <summary>An evaluation advanced.</summary>
    void EvaluationProgress(long clips, long totalClips);

    /// <summary>An evaluation is complete.</summary>
    void Evaluated(long step, EvaluationResult result);
}

/// <summary>Shows nothing.</summary>
public sealed class SilentObserver : ITrainingObserver
{
    public void Message(string text)
    {
    }

    public void Warning(string text)
    {
    }

    public void StepCompleted(in TrainingProgress progress)
    {
    }

    public void EvaluationProgress(long clips, long totalClips)
    {
    }

    public void Evaluated(long step, EvaluationResult result)
    {
    }
}
