namespace Avion.Training;

/// <summary>The tasks that recipes may name, by their word; a program adds its own with <see cref="Add{TTask}"/>.</summary>
public static class TrainingTasks
{
    private static readonly Lock s_gate = new();
    private static TaskKind[] s_all;

    static TrainingTasks()
    {
        BuiltIn =
        [
            TaskKind.Of<ContrastiveTask>(), TaskKind.Of<RetrievalTask>(), TaskKind.Of<ClassificationTask>(), TaskKind.Of<MaskedVideoTask>(),
        ];
        s_all = [.. BuiltIn];
    }

    /// <summary>Those of Avion; the first is that of a recipe which names none.</summary>
    public static IReadOnlyList<TaskKind> BuiltIn { get; }

    /// <summary>Those of Avion, then those that were added.</summary>
    public static IReadOnlyList<TaskKind> All => s_all;

    /// <summary>That of a recipe which names none.</summary>
    internal static TaskKind Default => BuiltIn[0];

    /// <summary>Lets recipes name a task. Adding it again changes nothing.</summary>
    /// <exception cref="ArgumentException">Another task has that name.</exception>
    public static void Add<TTask>() where TTask : TrainingTask, ITrainingTask<TTask>
    {
        lock (s_gate)
        {
            if (Find(TTask.Name) is not { } known)
            {
                s_all = [.. s_all, TaskKind.Of<TTask>()];
            }
            else if (known.Type != typeof(TTask))
            {
                throw new ArgumentException($"Task '{TTask.Name}' is {known.Type.Name} already; give {typeof(TTask).Name} another name.");
            }
        }
    }

    /// <summary>The task of that name, or null.</summary>
    public static TaskKind? Find(string name) => Array.Find(s_all, kind => kind.Name == name);

    /// <summary>The task of a recipe.</summary>
    /// <exception cref="RecipeException">There is no such task.</exception>
    public static TaskKind Of(Recipe recipe) => Find(recipe.Task) ?? throw new RecipeException(recipe.Name, [Unknown(recipe.Task)]);

    internal static string Unknown(string name) => $"'task' is '{name}', expected {Names(s_all)}.";

    internal static string Names(IEnumerable<TaskKind> kinds) => "one of " + string.Join(", ", kinds.Select(kind => kind.Name));
}
