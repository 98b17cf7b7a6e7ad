namespace Avion.Dashboard;

/// <summary>The page of a report: its sections in the order in which a reader asks.</summary>
internal static class ReportPage
{
    /// <summary>The browser itself refuses whatever would come from outside.</summary>
    private const string Policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'";

    /// <summary>Opens what is folded, so that paper has it.</summary>
    private const string Script = """
        AvionCharts.drawAll();
        let folded = [];
        addEventListener("beforeprint", () => { folded = [...document.querySelectorAll("details:not([open])")]; folded.forEach((part) => { part.open = true; }); });
        addEventListener("afterprint", () => folded.forEach((part) => { part.open = false; }));
        """;

    public static string Render(RunReport report, CancellationToken cancellation)
    {
        HtmlText page = new();
        page.Markup("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n").Markup(PageMark.Report.Markup)
            .Markup("\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n")
            .Markup($"<meta http-equiv=\"Content-Security-Policy\" content=\"{Policy}\">\n").Element("title", $"{report.Title}: report")
            .Markup("<style>\n").Markup(ChartLibrary.Palette()).Markup(PageFiles.Text("report/report.css")).Markup("</style>\n")
            .Markup("<noscript><style>.chart { display: none; }</style></noscript>\n</head>\n<body>\n<main>\n");
        ChartBoxes charts = new(page);
        HeadSection.Append(page, report);
        EvaluationSection.Append(page, report, charts);
        CurveSection.Append(page, report, charts);
        ClipSections.Append(page, report, cancellation);
        RecipeSection.Append(page, report);
        CheckpointSection.Append(page, report);
        SkippedSection.Append(page, report);
        page.Markup("</main>\n").Markup(ChartLibrary.InlineScripts()).Markup("<script>\n").Markup(Script).Markup("\n</script>\n</body>\n</html>\n");
        return page.ToString();
    }
}
