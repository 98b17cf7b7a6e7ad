namespace Avion.Dashboard;

/// <summary>What a report lacks, and why.</summary>
internal static class Gaps
{
    public static IReadOnlyList<string> Of(RunReport report) => [.. All(report)];

    private static IEnumerable<string> All(RunReport report)
    {
        if (report.DamagedLines > 0)
        {
            yield return $"{Quantity.Count(report.DamagedLines, "line")} of {RunFiles.Log} cannot be read: damaged, or half written when "
                + "the run was stopped. What they told is missing here.";
        }

        if (report.Recipe.Length == 0)
        {
            yield return "The run's recipe.yaml is not there or cannot be read, so the recipe is not shown.";
        }
        else if (report.Findings.RecipeNote.Length > 0)
        {
            yield return $"The recipe is not compared with defaults: {report.Findings.RecipeNote}";
        }

        if (report.Findings.ClipsNote.Length > 0)
        {
            yield return $"No clips are shown: {report.Findings.ClipsNote}";
        }
    }
}
