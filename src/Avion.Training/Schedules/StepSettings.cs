namespace Avion.Training;

/// <summary>What a schedule decides for one step.</summary>
/// <param name="LearningRate">The step's rate.</param>
/// <param name="WeightDecayFactor">What every weight decay is multiplied by.</param>
/// <param name="KeepsAllPatches">Whether patch dropout pauses.</param>
public readonly record struct StepSettings(double LearningRate, double WeightDecayFactor = 1, bool KeepsAllPatches = false);
