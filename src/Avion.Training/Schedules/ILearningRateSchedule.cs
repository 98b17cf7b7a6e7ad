namespace Avion.Training;

/// <summary>The learning rate of each step.</summary>
public interface ILearningRateSchedule
{
    /// <summary>The rate of a step, counted from 0. Steps after the last one have the last one's rate.</summary>
    double At(long step);
}

/// <summary>Makes the schedule that a recipe asks for.</summary>
public static class LearningRateSchedule
{
    /// <param name="recipe">The whole recipe: the peak rate and the epochs stand outside of its schedule section.</param>
    /// <param name="stepsPerEpoch">Optimizer steps of one epoch.</param>
    public static ILearningRateSchedule Create(Recipe recipe, long stepsPerEpoch) => recipe.Schedule.Kind switch
    {
        "constant" => new ConstantSchedule(recipe.Optimizer.LearningRate),
        "cosine" => new WarmupCosineSchedule(
            recipe.Optimizer.LearningRate,
            recipe.Schedule.EndLearningRate,
            recipe.Train.Epochs,
            stepsPerEpoch,
            recipe.Schedule.WarmupEpochs,
            recipe.Schedule.StartLearningRate),
        string kind => throw new ArgumentException($"schedule.kind is '{kind}', expected cosine or constant.", nameof(recipe)),
    };
}
