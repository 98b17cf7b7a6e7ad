namespace Avion.Training;

/// <summary>What changes from step to step of a run: learning rate, weight decay, and whether patches are dropped.</summary>
/// <remarks>
/// Weight decay goes from w to its end along half a cosine over all steps, without warm-up, as in the reference (DINO, VideoMAE); every
/// parameter group that decays at all does so by the same factor. Patches are kept in the last steps, as FLIP tunes without masks
/// (Li et al. 2023, section 3, arXiv:2212.00794).
/// </remarks>
public sealed class StepSchedule
{
    private readonly ILearningRateSchedule _learningRate;
    private readonly WarmupCosineSchedule? _weightDecay;
    private readonly double _firstWeightDecay;
    private readonly double _firstWholeStep;

    /// <param name="recipe">The whole recipe.</param>
    /// <param name="stepsPerEpoch">Optimizer steps of one epoch.</param>
    public StepSchedule(Recipe recipe, long stepsPerEpoch)
    {
        _learningRate = LearningRateSchedule.Create(recipe, stepsPerEpoch);
        _firstWeightDecay = recipe.Optimizer.WeightDecay;
        _weightDecay = recipe.Optimizer.WeightDecayEndValue is { } end
            ? new WarmupCosineSchedule(_firstWeightDecay, end, recipe.Train.Epochs, stepsPerEpoch)
            : null;
        _firstWholeStep = (recipe.Train.Epochs - recipe.Train.UndroppedEpochs) * stepsPerEpoch;
    }

    /// <summary>The settings of a step, counted from 0.</summary>
    public StepSettings At(long step) => new(
        _learningRate.At(step), _weightDecay is null ? 1 : _weightDecay.At(step) / _firstWeightDecay, step >= _firstWholeStep);
}
