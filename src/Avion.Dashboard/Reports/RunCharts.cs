namespace Avion.Dashboard;

/// <summary>The curves of a run, read from its log.</summary>
public static class RunCharts
{
    private static readonly ChartOfRun[] s_charts =
    [
        new("Loss", "loss", RunLogKind.Step, [("loss", "loss")], StartsAtZero: true),
        new("Training rate", "clips per second", RunLogKind.Step, [("clips_per_second", "clips per second")], StartsAtZero: true),
        new("Learning rate", "per step", RunLogKind.Step, [("learning_rate", "learning rate")], StartsAtZero: true),
        new("Time waiting for data", "share of time", RunLogKind.Step, [("data_wait_fraction", "waiting")], StartsAtZero: true),
    ];

    /// <summary>Lines that can be told apart by colour.</summary>
    private const int MaximumLines = 3;

    /// <summary>One chart for each quantity that the log holds at two steps at least.</summary>
    /// <param name="path">A run's log.jsonl, finished or not.</param>
    public static IReadOnlyList<LineChart> Read(string path) => Of(RunLogReader.Read(path).Effective());

    internal static IReadOnlyList<LineChart> Of(IReadOnlyList<RunLogEntry> entries)
    {
        List<LineChart> charts = [];
        foreach (ChartOfRun chart in s_charts.Append(MetricsOf(entries)))
        {
            Series[] lines = [.. chart.Values.Select(value =>
                new Series(value.Legend, PointsOf(entries, chart.Kind, value.Name))).Where(line => line.Points.Count > 1)];
            if (lines.Length > 0)
            {
                charts.Add(new LineChart(chart.Title, "step", chart.YLabel, lines, chart.StartsAtZero));
            }
        }
        return charts;
    }

    /// <summary>The metrics that the task wants shown; of a log that does not say, those that have a chance level.</summary>
    private static ChartOfRun MetricsOf(IReadOnlyList<RunLogEntry> entries)
    {
        MetricTitles titles = MetricTitles.Of(entries);
        IEnumerable<string> names = titles.Names.Count > 0
            ? titles.Names
            : entries.Where(entry => entry.Kind == RunLogKind.Evaluation).SelectMany(entry => entry.Values.Keys).Distinct()
                .Where(name => name.EndsWith(RunLogLabels.ChanceSuffix, StringComparison.Ordinal))
                .Select(name => name[..^RunLogLabels.ChanceSuffix.Length]);
        return new ChartOfRun("Evaluation, held out", "value", RunLogKind.Evaluation,
            [.. names.Take(MaximumLines).Select(name => (name, titles.Of(name)))], StartsAtZero: true);
    }

    private static List<(double X, double Y)> PointsOf(IReadOnlyList<RunLogEntry> entries, RunLogKind kind, string name)
    {
        List<(double X, double Y)> points = [];
        foreach (RunLogEntry entry in entries)
        {
            if (entry.Kind == kind && entry.Values.TryGetValue(name, out double value))
            {
                points.Add((entry.Step, value));
            }
        }
        return points;
    }

    private sealed record ChartOfRun(string Title, string YLabel, RunLogKind Kind, (string Name, string Legend)[] Values,
        bool StartsAtZero);
}
