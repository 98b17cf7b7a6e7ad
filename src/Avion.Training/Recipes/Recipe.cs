namespace Avion.Training;

/// <summary>Everything that decides what a training run does, apart from the machine it runs on.</summary>
/// <remarks>
/// Immutable; two recipes with the same values are equal. <see cref="RecipeKeys"/> lists every key with its meaning, range and default;
/// <see cref="RecipeReader"/> reads one from YAML and <see cref="RecipeWriter"/> writes it back.
/// </remarks>
public sealed record Recipe
{
    public string Name { get; init; } = "";

    public string Task { get; init; } = TrainingTask.Contrastive;

    public ModelRecipe Model { get; init; } = new();

    public DataRecipe Data { get; init; } = new();

    public OptimizerRecipe Optimizer { get; init; } = new();

    public ScheduleRecipe Schedule { get; init; } = new();

    public TrainRecipe Train { get; init; } = new();

    public EvaluateRecipe Evaluate { get; init; } = new();

    public CheckpointRecipe Checkpoint { get; init; } = new();

    public OutputRecipe Output { get; init; } = new();

    internal static IEnumerable<RecipeKey> Keys
    {
        get
        {
            RecipeSection<Recipe> root = new("", recipe => recipe, (_, recipe) => recipe);
            yield return root.Text("name", "Name of the run in logs and reports.", r => r.Name, (r, v) => r with { Name = v });
            yield return root.Choice(
                "task", "What is trained.", TrainingTask.All, r => r.Task, (r, v) => r with { Task = v });
        }
    }

    /// <summary>Conditions between keys that do not hold, as sentences; empty when the recipe can be run.</summary>
    internal IEnumerable<string> Contradictions() =>
        Model.Contradictions().Concat(Data.Contradictions()).Concat(Schedule.Contradictions(Train));
}

/// <summary>The values of <c>task</c>.</summary>
public static class TrainingTask
{
    /// <summary>A video-text dual encoder learns to tell which caption belongs to which clip.</summary>
    public const string Contrastive = "contrastive";

    internal static readonly string[] All = [Contrastive];
}
