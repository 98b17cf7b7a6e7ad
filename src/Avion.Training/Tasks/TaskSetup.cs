namespace Avion.Training;

/// <summary>What a task is made from.</summary>
/// <param name="Recipe">What to train.</param>
/// <param name="Device">Where the model lives.</param>
/// <param name="Data">What is read; null for <see cref="TaskPurpose.Measuring"/>.</param>
/// <param name="Purpose">What the model is for.</param>
public sealed record TaskSetup(Recipe Recipe, Device Device, TrainingData? Data, TaskPurpose Purpose)
{
    /// <summary>Whether the weights of a training come from its checkpoint, which is loaded afterwards.</summary>
    public bool IsResumed { get; init; }

    /// <summary>Whether the recipe leaves the parameter of a name as it is: for the model, which then takes no memory
    /// for its gradient.</summary>
    public bool Freezes(string parameter) => Recipe.Options.Start.Freezes(parameter);

    /// <summary>A model for made-up clips, to plan, count or time its step.</summary>
    public static TaskSetup ForMeasuring(Recipe recipe, Device device) => new(recipe, device, Data: null, TaskPurpose.Measuring);
}

/// <summary>What a task's model is for.</summary>
public enum TaskPurpose
{
    /// <summary>Training: with gradients, and with the first weights that the recipe names.</summary>
    Training,

    /// <summary>Evaluation of weights that are loaded afterwards: without gradients.</summary>
    Evaluation,

    /// <summary>Steps on made-up clips: with gradients, of which neither weights nor clips matter.</summary>
    Measuring,
}
