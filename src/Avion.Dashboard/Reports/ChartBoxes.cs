using System.Text.Json.Serialization;

namespace Avion.Dashboard;

/// <summary>Charts of a page, each with a table of some of its points, for paper and for those who do not see or run it.</summary>
/// <param name="page">The page.</param>
internal sealed class ChartBoxes(HtmlText page)
{
    private const int Rows = 12;
    private int _count;

    public void Append(IEnumerable<ChartDescription> charts)
    {
        page.Markup("<div class=\"charts\">\n");
        foreach (ChartDescription chart in charts)
        {
            string id = $"chart-{++_count}";
            page.Markup("<figure class=\"card\">").Element("figcaption", chart.Title)
                .Markup($"<div class=\"chart\" data-chart=\"{id}\"></div>\n<script type=\"application/json\" id=\"{id}\">")
                .Markup(JsonSerializer.Serialize(chart, ReportJson.Default.ChartDescription)).Markup("</script>\n<details>")
                .Element("summary", $"Figures of “{chart.Title}”");
            page.Table($"Figures of {chart.Title}",
                [chart.XLabel, .. chart.Lines.Select(line => "#" + line.Name), .. chart.Levels.Select(level => "#" + level.Name)],
                RowsOf(chart));
            page.Markup("</details></figure>\n");
        }

        page.Markup("</div>\n");
    }

    /// <summary>Points of the longest line, evenly spread, the first and the last among them, with what other lines have there.</summary>
    private static IEnumerable<IReadOnlyList<string>> RowsOf(ChartDescription chart)
    {
        IReadOnlyList<double?[]> longest = chart.Lines.MaxBy(line => line.Points.Count)!.Points;
        int rows = Math.Min(Rows, longest.Count);
        for (int row = 0; row < rows; row++)
        {
            double? x = longest[rows == 1 ? 0 : (int)((long)row * (longest.Count - 1) / (rows - 1))][0];
            yield return
            [
                ReportNumber.Of(x), .. chart.Lines
                    .Select(line => line.Points.FirstOrDefault(point => point[0] == x) is { } point ? Shown(chart, point[1]) : ""),
                .. chart.Levels.Select(level => Shown(chart, level.Value)),
            ];
        }
    }

    private static string Shown(ChartDescription chart, double? value) => value is null ? "not finite"
        : chart.Percent ? ReportNumber.Percent(value.Value)
        : ReportNumber.Of(value) + (chart.Unit.Length > 0 ? " " + chart.Unit : "");
}

/// <summary>Descriptions of charts as <c>charts.js</c> reads them; what would end a script is escaped.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ChartDescription))]
internal sealed partial class ReportJson : JsonSerializerContext;
