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

    private static string Compose(string source, IReadOnlyList<string> problems) => problems.Count == 1
        ? $"Recipe '{source}': {problems[0]}"
        : $"Recipe '{source}' has {problems.Count} problems:" + string.Concat(problems.Select(problem => "\n  " + problem));
}
