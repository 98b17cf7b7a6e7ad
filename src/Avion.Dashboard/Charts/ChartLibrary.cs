namespace Avion.Dashboard;

/// <summary>Apache ECharts and what draws charts with it, for pages that have to hold all that they need.</summary>
internal static class ChartLibrary
{
    private static readonly string[] s_scripts = ["board/echarts.js", "board/charts.js"];

    /// <summary>Both as elements of a page; they define <c>echarts</c> and <c>AvionCharts</c>.</summary>
    public static string InlineScripts() => string.Concat(s_scripts.Select(name => $"<script>{Inline(PageFiles.Text(name))}</script>\n"));

    /// <summary>A script that stands in a page ends where its end is written, also within a text of its own.</summary>
    private static string Inline(string script) => script.Replace("</script", "<\\/script", StringComparison.OrdinalIgnoreCase);
}
