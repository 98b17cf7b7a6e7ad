namespace Avion.Training.Tests;

/// <summary>Keeps what it is told and calls back after each step.</summary>
internal sealed class RecordingObserver(Action<long>? stepDone = null) : ITrainingObserver
{
    public List<string> Messages { get; } = [];

    public List<string> Warnings { get; } = [];

    public List<long> EvaluatedSteps { get; } = [];

    public TrainingProgress Last { get; private set; }

    public void Message(string text) => Messages.Add(text);

    public void Warning(string text) => Warnings.Add(text);

    public void StepCompleted(in TrainingProgress progress)
    {
        Last = progress;
        stepDone?.Invoke(progress.Step);
    }

    public void EvaluationProgress(long clips, long totalClips)
    {
    }

    public void Evaluated(long step, EvaluationResult result) => EvaluatedSteps.Add(step);
}
