namespace Avion.Training;

/// <summary>Every key that a recipe may have, in the order of a written recipe. Parser, messages
/// and documentation all read this table.</summary>
public static class RecipeKeys
{
    public static IReadOnlyList<RecipeKey> All { get; } =
    [
        .. Recipe.Keys,
        .. ModelRecipe.Keys,
        .. VisionRecipe.Keys,
        .. TextRecipe.Keys,
        .. DataSourceRecipe.Keys.Where(key => key.Path.StartsWith("data.train.", StringComparison.Ordinal)),
        .. DataSourceRecipe.Keys.Where(key => key.Path.StartsWith("data.validation.", StringComparison.Ordinal)),
        .. DataRecipe.Keys,
        .. OptimizerRecipe.Keys,
        .. ScheduleRecipe.Keys,
        .. TrainRecipe.Keys,
        .. EvaluateRecipe.Keys,
        .. CheckpointRecipe.Keys,
        .. OutputRecipe.Keys,
    ];

    private static readonly Dictionary<string, RecipeKey> s_byPath = All.ToDictionary(key => key.Path, StringComparer.Ordinal);

    private static readonly HashSet<string> s_sections = All.SelectMany(key => SectionsOf(key.Path)).ToHashSet(StringComparer.Ordinal);

    /// <summary>The key of a dotted name, or null.</summary>
    public static RecipeKey? Find(string path) => s_byPath.GetValueOrDefault(path);

    /// <summary>Whether <paramref name="path"/> is a part of a recipe that has keys below it.</summary>
    public static bool IsSection(string path) => s_sections.Contains(path);

    /// <summary>The key or section whose name is closest to a name that is neither.</summary>
    internal static string Nearest(string unknown, bool section)
    {
        IEnumerable<string> candidates = section ? s_sections : s_byPath.Keys;
        return candidates.MinBy(candidate => EditDistance.BetweenNames(unknown, candidate))!;
    }

    /// <summary>The table as Markdown, as <c>docs/training.md</c> holds it.</summary>
    public static string ToMarkdown()
    {
        StringBuilder text = new("| key | default | accepts | meaning |\n| --- | --- | --- | --- |\n");
        foreach (RecipeKey key in All)
        {
            string fixedAtResume = key.AffectsResult ? "" : " ∘";
            text.Append($"| `{key.Path}`{fixedAtResume} | `{key.Default}` | {key.Expected} | {key.Meaning} |\n");
        }

        return text.ToString();
    }

    private static IEnumerable<string> SectionsOf(string path)
    {
        for (int dot = path.IndexOf('.'); dot >= 0; dot = path.IndexOf('.', dot + 1))
        {
            yield return path[..dot];
        }
    }
}
