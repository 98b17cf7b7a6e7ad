namespace Avion.Dashboard;

/// <summary>The recipe: what it changes of the defaults, and all of it.</summary>
internal static class RecipeSection
{
    public static void Append(HtmlText page, RunReport report)
    {
        page.Element("h2", "Recipe");
        if (report.Recipe.Length == 0)
        {
            page.Element("p", "The run's recipe.yaml is not there or cannot be read.", "class=\"notice\"");
            return;
        }

        IReadOnlyList<RecipeChange> changes = report.Findings.RecipeChanges;
        if (report.Findings.RecipeNote.Length > 0)
        {
            page.Element("p", $"It could not be compared with the defaults of its task: {report.Findings.RecipeNote}", "class=\"notice\"");
        }
        else if (changes.Count == 0)
        {
            page.Element("p", "Every key has the default of its task.", "class=\"faint\"");
        }
        else
        {
            page.Element("p", $"{Quantity.Count(changes.Count, "key")} with another value than the default of the task.",
                "class=\"faint\"");
            page.Markup("<div class=\"card table\">").Table("Keys that are not the default", ["key", "value", "default"],
                changes.Select(change => (IReadOnlyList<string>)[change.Key, change.Value, change.Default])).Markup("</div>\n");
        }

        page.Markup("<details class=\"card\">").Element("summary", "The complete recipe")
            .Element("pre", report.Recipe, "tabindex=\"0\" aria-label=\"recipe.yaml\" role=\"region\"")
            .Markup("</details>\n");
    }
}
