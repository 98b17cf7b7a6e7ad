namespace Avion.Dashboard;

/// <summary>What the log of a run tells, whatever it trains: its last metrics beside chance, and its curves.</summary>
/// <param name="Title">The run's name and task.</param>
/// <param name="Figures">The numbers of the last evaluation.</param>
/// <param name="Charts">The curves.</param>
public sealed record RunReport(string Title, IReadOnlyList<Figure> Figures, IReadOnlyList<LineChart> Charts)
{
    /// <summary>Reads a log.</summary>
    /// <param name="path">A run's log.jsonl, finished or not.</param>
    public static RunReport Read(string path)
    {
        IReadOnlyList<RunLogEntry> entries = RunLogReader.Read(path).Effective();
        MetricTitles titles = MetricTitles.Of(entries);
        RunLogEntry? last = entries.LastOrDefault(entry => entry.Kind == RunLogKind.Evaluation);
        return new RunReport(TitleOf(entries), last is null ? [] : [.. FiguresOf(last.Values, titles)], RunCharts.Of(entries));
    }

    /// <summary>The report as a single HTML file.</summary>
    public string ToHtml() => HtmlReport.Render(Title, Figures, Charts, []);

    private static string TitleOf(IReadOnlyList<RunLogEntry> entries)
    {
        IReadOnlyDictionary<string, string> labels = entries.Count > 0 ? entries[0].Labels : new Dictionary<string, string>();
        string name = labels.GetValueOrDefault("name", ""), task = labels.GetValueOrDefault(RunLogLabels.Task, "");
        return (name.Length > 0 ? name : "Avion run") + (task.Length > 0 ? $" ({task})" : "");
    }

    private static IEnumerable<Figure> FiguresOf(IReadOnlyDictionary<string, double> values, MetricTitles titles) =>
        from value in values
        where !value.Key.EndsWith(RunLogLabels.ChanceSuffix, StringComparison.Ordinal)
        let hasChance = values.ContainsKey(value.Key + RunLogLabels.ChanceSuffix)
        let format = !hasChance && value.Value == Math.Floor(value.Value) ? "0" : "0.000"
        select new Figure(titles.Of(value.Key), value.Value.ToString(format, CultureInfo.InvariantCulture),
            hasChance ? values[value.Key + RunLogLabels.ChanceSuffix].ToString("0.000", CultureInfo.InvariantCulture) : "");
}
