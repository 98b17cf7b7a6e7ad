namespace Avion.Dashboard;

/// <summary>The page of a report: its sections in the order in which a reader asks.</summary>
internal static class ReportPage
{
    /// <summary>Opens what is folded, so that paper has it.</summary>
    private const string Script = """
        AvionCharts.drawAll();
        let folded = [];
        addEventListener("beforeprint", () => {
          folded = [...document.querySelectorAll("details:not([open])")];
          folded.forEach((part) => { part.open = true; });
        });
        addEventListener("afterprint", () => folded.forEach((part) => { part.open = false; }));
        """;

    public static string Render(RunReport report, CancellationToken cancellation)
    {
        HtmlText page = new();
        PageHead.Append(page, PageMark.Report, $"{report.Title}: report", hasCharts: true);
        ChartBoxes charts = new(page);
        HeadSection.Append(page, report);
        EvaluationSection.Append(page, report, charts);
        CurveSection.Append(page, report, charts);
        ClipSections.Append(page, report, cancellation);
        RecipeSection.Append(page, report);
        CheckpointSection.Append(page, report);
        SkippedSection.Append(page, report);
        page.Markup("</main>\n").Markup(ChartLibrary.InlineScripts()).Markup("<script>\n").Markup(Script)
            .Markup("\n</script>\n</body>\n</html>\n");
        return page.ToString();
    }
}
