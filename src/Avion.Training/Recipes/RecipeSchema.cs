namespace Avion.Training;

/// <summary>Every key that the recipes of a task may have, in the order of a written recipe. Parser, messages and documentation all read
/// this table.</summary>
public sealed class RecipeSchema
{
    private readonly TaskKind _task;
    private readonly Dictionary<string, RecipeKey> _byPath;
    private readonly HashSet<string> _sections;

    internal RecipeSchema(TaskKind task, IEnumerable<RecipeKey> taskKeys)
    {
        _task = task;
        OwnKeys = [.. taskKeys, .. EvaluateRecipe.KeysOf(task)];
        All = Merge([.. Recipe.KeysOf(task)], CommonKeys, OwnKeys);
        _byPath = All.ToDictionary(key => key.Path, StringComparer.Ordinal);
        _sections = All.SelectMany(key => SectionsOf(key.Path)).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>All keys.</summary>
    public IReadOnlyList<RecipeKey> All { get; }

    /// <summary>The keys that belong to the task.</summary>
    public IReadOnlyList<RecipeKey> OwnKeys { get; }

    private static RecipeKey[] CommonKeys { get; } =
    [
        .. DataSourceRecipe.Keys,
        .. DataRecipe.Keys,
        .. OptimizerRecipe.Keys,
        .. ScheduleRecipe.Keys,
        .. TrainRecipe.Keys,
        .. EvaluateRecipe.Keys,
        .. CheckpointRecipe.Keys,
        .. OutputRecipe.Keys,
    ];

    /// <summary>The keys of a recipe's task.</summary>
    /// <exception cref="RecipeException">There is no such task.</exception>
    public static RecipeSchema Of(Recipe recipe) => TrainingTasks.Of(recipe).Schema;

    /// <summary>The key of a dotted name, or null.</summary>
    public RecipeKey? Find(string path) => _byPath.GetValueOrDefault(path) ?? SourceList.FindKey(path);

    /// <summary>All keys of a recipe, those of its named sources after those that sources share.</summary>
    public IEnumerable<RecipeKey> KeysOf(Recipe recipe)
    {
        int after = All.Count(key => key.Path.StartsWith("data.train.", StringComparison.Ordinal));
        int first = All.Index().First(key => key.Item.Path.StartsWith("data.train.", StringComparison.Ordinal)).Index;
        return [.. All.Take(first + after), .. recipe.Data.Sources.SelectMany(source => SourceList.KeysOf(source.Name)),
            .. All.Skip(first + after)];
    }

    /// <summary>Whether <paramref name="path"/> is a part of a recipe that has keys below it.</summary>
    public bool IsSection(string path) => _sections.Contains(path) || SourceList.IsSection(path);

    /// <summary>Whether a recipe states a key; programs that make a recipe state what is not the default.</summary>
    public bool IsStated(Recipe recipe, RecipeKey key) => recipe.Stated.Contains(key.Path) || key.ValueIn(recipe) != DefaultOf(key);

    /// <summary>A key's value where a recipe does not state it, in YAML form.</summary>
    public string DefaultOf(RecipeKey key) => key.ValueIn(_task.NewRecipe());

    /// <summary>The tables of keys as Markdown, as <c>docs/training.md</c> holds them: those of all recipes,
    /// then those of each task.</summary>
    public static string ToMarkdown()
    {
        StringBuilder text = new();
        RecipeSchema first = TrainingTasks.Default.Schema;
        first.AppendTable(text, [.. first.All.Except(first.OwnKeys), .. SourceList.KeysOf("NAME")]);
        foreach (TaskKind task in TrainingTasks.BuiltIn)
        {
            text.Append($"\n### task: {task.Name}\n\n{task.Meaning}\n\n");
            IEnumerable<RecipeKey> otherDefaults = CommonKeys.Where(key => task.Schema.DefaultOf(key) != first.DefaultOf(key));
            task.Schema.AppendTable(text, [.. task.Schema.OwnKeys, .. otherDefaults]);
        }

        return text.ToString();
    }

    /// <summary>The key or section whose name is closest to a name that is neither.</summary>
    internal string Nearest(string unknown, bool section)
    {
        IEnumerable<string> candidates = section ? _sections : _byPath.Keys;
        return candidates.MinBy(candidate => EditDistance.BetweenNames(unknown, candidate))!;
    }

    private void AppendTable(StringBuilder text, IEnumerable<RecipeKey> keys)
    {
        text.Append("| key | default | accepts | meaning |\n| --- | --- | --- | --- |\n");
        foreach (RecipeKey key in keys)
        {
            string fixedAtResume = !key.AffectsResult ? " ∘" : key.ExtendsRun ? " +" : key.LocatesData ? " →" : "";
            text.Append($"| `{key.Path}`{fixedAtResume} | `{DefaultOf(key)}` | {key.Expected} | {key.Meaning} |\n");
        }
    }

    /// <summary>Puts a task's keys at the end of the sections that they are in; sections of its own follow the root's keys.</summary>
    private static List<RecipeKey> Merge(IEnumerable<RecipeKey> root, RecipeKey[] common, IReadOnlyList<RecipeKey> own)
    {
        HashSet<string> sections = [.. common.Select(key => SectionsOf(key.Path).First())];
        ILookup<bool, RecipeKey> byPlace = own.ToLookup(key => sections.Contains(key.Path.Split('.')[0]));
        List<RecipeKey> all = [.. root, .. byPlace[false], .. common];
        foreach (RecipeKey key in byPlace[true])
        {
            int last = SectionsOf(key.Path).Reverse()
                .Select(section => all.FindLastIndex(other => other.Path.StartsWith(section + ".", StringComparison.Ordinal)))
                .First(index => index >= 0);
            all.Insert(last + 1, key);
        }

        return all;
    }

    private static IEnumerable<string> SectionsOf(string path)
    {
        for (int dot = path.IndexOf('.'); dot >= 0; dot = path.IndexOf('.', dot + 1))
        {
            yield return path[..dot];
        }
    }
}
