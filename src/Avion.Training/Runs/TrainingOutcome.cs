namespace Avion.Training;

/// <summary>How a run ended.</summary>
/// <param name="Folder">The run folder.</param>
/// <param name="IsComplete">False when the run was stopped before its last step; its state is saved.</param>
/// <param name="Steps">Steps done, those before a resume included.</param>
/// <param name="TotalSteps">Steps of the whole run.</param>
/// <param name="Evaluation">Metrics of the last step, if it was evaluated.</param>
/// <param name="BestValue">Best value of the recipe's best_metric.</param>
/// <param name="BestStep">The step that had it.</param>
/// <param name="BadClips">Clips that could not be read.</param>
/// <param name="SkippedSteps">Steps that changed nothing, because their loss or gradients were not finite.</param>
public sealed record TrainingOutcome(
    string Folder,
    bool IsComplete,
    long Steps,
    long TotalSteps,
    EvaluationResult? Evaluation,
    double? BestValue,
    long? BestStep,
    long BadClips,
    long SkippedSteps)
{
    /// <summary>Why the loss at the end says that the training failed, as sentences; null where it does not.</summary>
    public string? Divergence { get; init; }

    /// <summary>What bounded the steps that were done since the run was started or resumed; null where too few were done to tell.</summary>
    public BottleneckVerdict? Verdict { get; init; }
}
