namespace Avion.Training;

/// <summary>A task by its recipe's word: the static members of an <see cref="ITrainingTask{TSelf}"/> as a value.</summary>
public sealed class TaskKind
{
    private readonly Func<Recipe, Recipe> _withDefaults;
    private readonly Func<Recipe, string, TaskPurpose, TrainingData> _openData;
    private readonly Func<TaskSetup, TrainingTask> _create;
    private readonly Lazy<RecipeSchema> _schema;

    private TaskKind(string name, string meaning, TaskOptions options, IReadOnlyList<Metric> metrics, IReadOnlyList<string> runFiles,
        bool averagesViews, Func<Recipe, Recipe> withDefaults, Type type, IEnumerable<RecipeKey> keys,
        Func<Recipe, string, TaskPurpose, TrainingData> openData,
        Func<TaskSetup, TrainingTask> create)
    {
        (Name, Meaning, Options, Metrics, RunFiles, Type) = (name, meaning, options, metrics, runFiles, type);
        (AveragesViews, _withDefaults, _openData, _create) = (averagesViews, withDefaults, openData, create);
        _schema = new Lazy<RecipeSchema>(() => new RecipeSchema(this, keys));
    }

    /// <inheritdoc cref="ITrainingTask{TSelf}.Name"/>
    public string Name { get; }

    /// <inheritdoc cref="ITrainingTask{TSelf}.Meaning"/>
    public string Meaning { get; }

    /// <inheritdoc cref="ITrainingTask{TSelf}.Options"/>
    public TaskOptions Options { get; }

    /// <inheritdoc cref="ITrainingTask{TSelf}.Metrics"/>
    public IReadOnlyList<Metric> Metrics { get; }

    /// <inheritdoc cref="ITrainingTask{TSelf}.RunFiles"/>
    public IReadOnlyList<string> RunFiles { get; }

    /// <inheritdoc cref="ITrainingTask{TSelf}.AveragesViews"/>
    public bool AveragesViews { get; }

    /// <summary>Every key of its recipes.</summary>
    public RecipeSchema Schema => _schema.Value;

    internal Type Type { get; }

    /// <summary>A recipe with the value that each key has where it is not stated.</summary>
    public Recipe NewRecipe() => _withDefaults(new Recipe
    {
        Task = Name,
        Options = Options,
        Evaluate = new EvaluateRecipe { BestMetric = Metrics is [Metric first, ..] ? first.Name : "" },
    });

    /// <inheritdoc cref="ITrainingTask{TSelf}.OpenData"/>
    public TrainingData OpenData(Recipe recipe, string folder, TaskPurpose purpose) => _openData(recipe, folder, purpose);

    /// <summary>Makes the task with its model, which has the first weights that the recipe names where it begins a training.</summary>
    /// <exception cref="RecipeException">A name pattern of the recipe is of no parameter, or the first weights do not fit.</exception>
    public TrainingTask Create(TaskSetup setup)
    {
        TrainingTask task = _create(setup);
        try
        {
            if (setup.Purpose != TaskPurpose.Evaluation && !setup.IsResumed)
            {
                setup.Recipe.Options.Start.CheckNames(setup.Recipe.Name, task.Model);
            }

            task.FirstWeights = FirstWeights.Load(task);
            return task;
        }
        catch
        {
            task.Dispose();
            throw;
        }
    }

    internal static TaskKind Of<TTask>() where TTask : TrainingTask, ITrainingTask<TTask> =>
        new(TTask.Name, TTask.Meaning, TTask.Options, TTask.Metrics, TTask.RunFiles, TTask.AveragesViews,
            TTask.WithDefaults, typeof(TTask), TTask.Keys, TTask.OpenData, TTask.Create);
}
