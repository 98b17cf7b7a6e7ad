namespace Avion.Dashboard;

/// <summary>What a run's metrics are called for people, as the first line of its log says.</summary>
internal sealed class MetricTitles
{
    private readonly Dictionary<string, string> _titles = [];

    /// <summary>The metrics that the task wants shown.</summary>
    public IReadOnlyCollection<string> Names => _titles.Keys;

    /// <summary>Reads the titles of a log.</summary>
    public static MetricTitles Of(IReadOnlyList<RunLogEntry> entries)
    {
        MetricTitles titles = new();
        foreach ((string label, string title) in entries.SelectMany(entry => entry.Labels))
        {
            if (label.StartsWith(RunLogLabels.MetricTitlePrefix, StringComparison.Ordinal))
            {
                titles._titles[label[RunLogLabels.MetricTitlePrefix.Length..]] = title;
            }
        }

        return titles;
    }

    /// <summary>The title of a metric; its name in words where the log has none.</summary>
    public string Of(string name) => _titles.GetValueOrDefault(name) ?? name.Replace('_', ' ');
}
