namespace Avion.Training;

/// <summary>Fills a model with the weights that its recipe begins with.</summary>
internal static class FirstWeights
{
    private const string Key = "model.initialize_from";

    /// <summary>Fills the model of a task that begins a training; others stay as they are.</summary>
    /// <returns>What was done with each tensor; null where the recipe begins at random.</returns>
    /// <exception cref="RecipeException">There is no such file, or it does not fit as the recipe asks.</exception>
    /// <exception cref="CheckpointException">The file is damaged, or nothing in it fits.</exception>
    public static PretrainedReport? Load(TrainingTask task)
    {
        TaskSetup setup = task.Setup;
        StartOptions start = setup.Recipe.Options.Start;
        return setup.Purpose != TaskPurpose.Training || setup.IsResumed || start.InitializeFrom.Length == 0
            ? null
            : PretrainedWeights.Load(Find(setup.Recipe), task.Model, skip: start.LeavesFresh);
    }

    private static string Find(Recipe recipe)
    {
        try
        {
            return WeightsPath.Find(recipe.Options.Start.InitializeFrom);
        }
        catch (Exception error) when (error is FileNotFoundException or RunException)
        {
            throw new RecipeException(recipe.Name, [$"{Key}: {error.Message}"]);
        }
    }
}
