namespace Avion.Dashboard;

/// <summary>The head of a page that is a single file.</summary>
internal static class PageHead
{
    /// <summary>The browser itself refuses whatever would come from outside.</summary>
    private const string Policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";
    private const string ScriptPolicy = "; script-src 'unsafe-inline'";

    /// <summary>Begins a page, up to what its main part holds.</summary>
    /// <param name="page">The page.</param>
    /// <param name="mark">What makes it.</param>
    /// <param name="title">Its title.</param>
    /// <param name="hasCharts">Whether its own scripts draw charts; without scripts there is no empty room for them.</param>
    public static void Append(HtmlText page, PageMark mark, string title, bool hasCharts) =>
        page.Markup("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n").Markup(mark.Markup)
            .Markup("\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
            .Markup("<meta name=\"color-scheme\" content=\"light dark\">\n")
            .Markup($"<meta http-equiv=\"Content-Security-Policy\" content=\"{Policy}{(hasCharts ? ScriptPolicy : "")}\">\n")
            .Element("title", title)
            .Markup("<style>\n").Markup(PageFiles.Text("board/palette.css")).Markup(PageFiles.Text("report/report.css"))
            .Markup("</style>\n")
            .Markup(hasCharts ? "<noscript><style>.chart { display: none; }</style></noscript>\n" : "").Markup("</head>\n<body>\n<main>\n");
}
