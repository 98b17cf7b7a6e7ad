namespace Avion.Training;

/// <summary>Everything that decides what a training run does, apart from the machine it runs on.</summary>
/// <remarks>
/// Immutable; two recipes with the same values are equal. <see cref="RecipeSchema"/> lists every key of a task's recipes with its meaning,
/// range and default; <see cref="RecipeReader"/> reads a recipe from YAML and <see cref="RecipeWriter"/> writes it back. A new recipe is of
/// the first task; <see cref="TaskKind.NewRecipe"/> gives that of another.
/// </remarks>
public sealed record Recipe
{
    public string Name { get; init; } = "";

    /// <summary>The word of one of <see cref="TrainingTasks"/>.</summary>
    public string Task { get; init; } = TrainingTasks.Default.Name;

    /// <summary>The task's own part: its model and what other tasks do not have.</summary>
    public TaskOptions Options { get; init; } = TrainingTasks.Default.Options;

    /// <summary>The keys that the recipe's file or an override states: others may follow the first weights.</summary>
    public StatedKeys Stated { get; init; } = StatedKeys.None;

    public DataRecipe Data { get; init; } = new();

    public OptimizerRecipe Optimizer { get; init; } = new();

    public ScheduleRecipe Schedule { get; init; } = new();

    public TrainRecipe Train { get; init; } = new();

    public EvaluateRecipe Evaluate { get; init; } = new() { BestMetric = TrainingTasks.Default.Metrics[0].Name };

    public CheckpointRecipe Checkpoint { get; init; } = new();

    public OutputRecipe Output { get; init; } = new();

    /// <summary>The task's own part, as its task knows it.</summary>
    /// <exception cref="ArgumentException">The recipe is of a task with other options.</exception>
    public T OptionsOf<T>() where T : TaskOptions => Options as T
        ?? throw new ArgumentException($"Recipe '{Name}' of task '{Task}' has {Options.GetType().Name}, expected {typeof(T).Name}.");

    internal static IEnumerable<RecipeKey> KeysOf(TaskKind task)
    {
        RecipeSection<Recipe> root = new("", recipe => recipe, (_, recipe) => recipe);
        yield return root.Text("name", "Name of the run in logs and reports.", r => r.Name, (r, v) => r with { Name = v });
        yield return root.Text("task", "What is trained; decides which other keys there are.",
            TrainingTasks.Names(TrainingTasks.BuiltIn), word => word == task.Name, r => r.Task, (r, _) => r);
    }

    /// <summary>Conditions between keys that do not hold, as sentences; empty when the recipe can be run.</summary>
    internal IEnumerable<string> Contradictions() =>
        Options.Contradictions().Concat(Data.Contradictions(Train)).Concat(Train.Contradictions()).Concat(Schedule.Contradictions(Train))
            .Concat(Optimizer.Contradictions()).Concat(Evaluate.Contradictions(Train));
}
