using System.Net;

namespace Avion.Dashboard;

/// <summary>A report on one run as a single HTML file: no scripts, no links, every picture inside.</summary>
public static class HtmlReport
{
    private const string Style = """
        :root { color-scheme: light dark; --ink: #1c2733; --faint: #6b7885; --rule: #d9dfe5; --paper: #fff; --good: #1a7f37; --c0: #2563c9; --c1: #c2570c; --c2: #6d3fc0; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e4e9ee; --faint: #97a3af; --rule: #36414c; --paper: #12181f; --good: #4ac26b; --c0: #6ea8fe; --c1: #f0975a; --c2: #b095f0; } }
        body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 1180px; margin: 2rem auto; padding: 0 1rem; }
        h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2.2rem; } h3 { font-size: 1rem; margin: 1.4rem 0 .4rem; }
        table { border-collapse: collapse; } th, td { text-align: left; padding: .25rem 1.4rem .25rem 0; border-bottom: 1px solid var(--rule); }
        td.number { font-variant-numeric: tabular-nums; } p.note, figcaption { color: var(--faint); font-size: .85rem; }
        .row { display: flex; flex-wrap: wrap; gap: 1rem; } figure { margin: 0; width: 210px; } figure img { width: 100%; image-rendering: auto; border: 3px solid var(--rule); box-sizing: border-box; }
        figure.relevant img { border-color: var(--good); } figure.relevant b { color: var(--good); }
        svg.chart { width: 560px; max-width: 100%; } svg text { fill: var(--ink); font: 12px system-ui, sans-serif; } svg .title { font-weight: 600; font-size: 13px; } svg .tick, svg .axis { fill: var(--faint); }
        svg .grid { stroke: var(--rule); } svg .line { fill: none; stroke-width: 1.6; } svg path.line0 { stroke: var(--c0); } svg path.line1 { stroke: var(--c1); } svg path.line2 { stroke: var(--c2); }
        svg text.line0 { fill: var(--c0); } svg text.line1 { fill: var(--c1); } svg text.line2 { fill: var(--c2); }
        """;

    /// <summary>Renders figures, curves and ranked clips.</summary>
    public static string Render(RetrievalResults results, IReadOnlyList<LineChart> charts) =>
        Render(results.Title, results.Figures, charts, results.Examples);

    /// <summary>As <see cref="Render(RetrievalResults, IReadOnlyList{LineChart})"/>, in parts of which any may be empty.</summary>
    public static string Render(
        string title, IReadOnlyList<Figure> figures, IReadOnlyList<LineChart> charts, IReadOnlyList<RetrievalExample> examples)
    {
        StringBuilder page = new();
        page.Append("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">");
        page.Append(CultureInfo.InvariantCulture, $"<title>{Escape(title)}</title><style>{Style}</style></head><body>\n");
        page.Append(CultureInfo.InvariantCulture, $"<h1>{Escape(title)}</h1>\n");
        AppendFigures(page, figures);
        if (charts.Count > 0)
        {
            page.Append("<h2>Training</h2>\n<div class=\"row\">");
            foreach (LineChart chart in charts)
            {
                page.Append(chart.ToSvg()).Append('\n');
            }
            page.Append("</div>\n");
        }
        if (examples.Count > 0)
        {
            page.Append("<h2>Captions and the clips they find</h2>\n");
            page.Append("<p class=\"note\">Held-out clips, best first; each picture shows a clip's frames from left to right. Framed green: the clip's own caption is the one asked for.</p>\n");
            foreach (RetrievalExample example in examples)
            {
                AppendExample(page, example);
            }
        }
        return page.Append("</body></html>\n").ToString();
    }

    private static void AppendFigures(StringBuilder page, IReadOnlyList<Figure> figures)
    {
        page.Append("<table><tr><th>figure</th><th>value</th><th>chance</th></tr>\n");
        foreach (Figure figure in figures)
        {
            page.Append(CultureInfo.InvariantCulture, $"<tr><td>{Escape(figure.Name)}</td><td class=\"number\">{Escape(figure.Value)}</td><td class=\"number\">{Escape(figure.Chance)}</td></tr>\n");
        }
        page.Append("</table>\n");
    }

    private static void AppendExample(StringBuilder page, RetrievalExample example)
    {
        page.Append(CultureInfo.InvariantCulture, $"<h3>“{Escape(example.Caption)}”</h3>\n<div class=\"row\">");
        foreach (RetrievedClip clip in example.Clips)
        {
            string relevant = clip.IsRelevant ? " class=\"relevant\"" : "";
            string picture = Convert.ToBase64String(clip.Picture);
            page.Append(CultureInfo.InvariantCulture, $"<figure{relevant}><img alt=\"{Escape(clip.Caption)}\" src=\"data:image/png;base64,{picture}\">");
            page.Append(CultureInfo.InvariantCulture, $"<figcaption><b>{Escape(clip.Caption)}</b><br>{Escape(clip.Source)}<br>similarity {Signed(clip.Similarity)}</figcaption></figure>\n");
        }
        page.Append("</div>\n");
    }

    /// <summary>With a true minus sign, which neither reads as a hyphen nor lets the line break behind it.</summary>
    private static string Signed(double value) => value.ToString("0.000", CultureInfo.InvariantCulture).Replace('-', '−');

    private static string Escape(string text) => WebUtility.HtmlEncode(text);
}
