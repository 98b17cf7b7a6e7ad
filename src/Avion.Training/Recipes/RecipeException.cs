namespace Avion.Training;

/// <summary>A recipe or an override cannot be used.</summary>
public sealed class RecipeException : Exception
{
    public RecipeException(string source, IReadOnlyList<string> problems)
        : base(Compose(source, problems))
    {
        (RecipeSource, Problems) = (source, problems);
    }

    /// <summary>The file, or <c>--set</c>.</summary>
    public string RecipeSource { get; }

    /// <summary>Everything that is wrong, one sentence each.</summary>
    public IReadOnlyList<string> Problems { get; }

    private static string Compose(string source, IReadOnlyList<string> problems)
    {
        string what = source == RecipeReader.OverrideSource ? "The recipe with its --set" : $"Recipe '{source}'";
        return problems.Count != 1 ? $"{what} has {problems.Count} problems:" + string.Concat(problems.Select(problem => "\n  " + problem))
            : problems[0].StartsWith(RecipeReader.OverrideSource, StringComparison.Ordinal) ? problems[0] : $"{what}: {problems[0]}";
    }
}
