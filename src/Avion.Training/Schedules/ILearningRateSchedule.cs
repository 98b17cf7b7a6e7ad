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
    /// <param name="recipe">The whole recipe: the peak rate, the epochs and the batch stand outside of its schedule section.</param>
    /// <param name="stepsPerEpoch">Optimizer steps of one epoch.</param>
    public static ILearningRateSchedule Create(Recipe recipe, long stepsPerEpoch)
    {
        double factor = recipe.Optimizer.LearningRateFactor(recipe.Train.BatchSize), peak = factor * recipe.Optimizer.LearningRate;
        ScheduleRecipe schedule = recipe.Schedule;
        return schedule.Kind switch
        {
            "constant" => new ConstantSchedule(peak),
            "cosine" => new WarmupCosineSchedule(
                peak, factor * schedule.EndLearningRate, recipe.Train.Epochs, stepsPerEpoch, schedule.WarmupEpochs,
                factor * schedule.StartLearningRate, schedule.ReachesEnd),
            string kind => throw new ArgumentException($"schedule.kind is '{kind}', expected cosine or constant.", nameof(recipe)),
        };
    }
}
