namespace Avion.Dashboard;

/// <summary>The scripts that draw charts in a browser: Apache ECharts and, upon it, the drawing of Avion's charts. Both are inside the program, so
/// that a page needs nothing from elsewhere.</summary>
/// <remarks>ECharts comes with a package and is embedded when the program is built; docs/decisions/dependencies.md says which.</remarks>
public static class ChartLibrary
{
    private const string EChartsResource = "charts/echarts.js";
    private const string DrawingResource = "charts/charts.js";

    /// <summary>Apache ECharts as a classic script that defines <c>echarts</c>, UTF-8.</summary>
    public static byte[] ECharts() => EmbeddedFile.Read(EChartsResource);

    /// <summary>A classic script that defines <c>AvionCharts</c>, to be run after <see cref="ECharts"/>, UTF-8.</summary>
    public static byte[] Drawing() => EmbeddedFile.Read(DrawingResource);

    /// <summary>Both scripts as elements of a page that stands alone, about 1.1 MB of text.</summary>
    public static string InlineScripts() => string.Concat(Inline(ECharts()), Inline(Drawing()));

    // Neither text holds an end of a script element; a later version of the package could.
    private static string Inline(byte[] script) =>
        $"<script>{Encoding.UTF8.GetString(script).Replace("</script", "<\\/script", StringComparison.OrdinalIgnoreCase)}</script>\n";
}
