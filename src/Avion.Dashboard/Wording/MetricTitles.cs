namespace Avion.Dashboard;

/// <summary>What a run's metrics are called for people, as the first line of its log says.</summary>
internal sealed class MetricTitles
{
    private readonly Dictionary<string, string> _titles = [];
    private string[] _smaller = [];

    /// <summary>The metrics that the task wants shown.</summary>
    public IReadOnlyCollection<string> Names => _titles.Keys;

    /// <summary>Reads the titles of a log.</summary>
    public static MetricTitles Of(IReadOnlyList<RunLogEntry> entries) => Of(entries.SelectMany(entry => entry.Labels));

    /// <summary>Takes the titles from labels of a log.</summary>
    public static MetricTitles Of(IEnumerable<KeyValuePair<string, string>> labels)
    {
        MetricTitles titles = new();
        foreach ((string label, string title) in labels)
        {
            if (label.StartsWith(RunLogLabels.MetricTitlePrefix, StringComparison.Ordinal))
            {
                titles._titles[label[RunLogLabels.MetricTitlePrefix.Length..]] = title;
            }
            else if (label == RunLogLabels.SmallerIsBetter)
            {
                titles._smaller = title.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            }
        }

        return titles;
    }

    /// <summary>Whether a smaller value of a metric is the better one.</summary>
    public bool SmallerIsBetter(string name) => _smaller.Contains(name);

    /// <summary>The title of a metric; where the log has none, its name in words.</summary>
    public string Of(string name) => _titles.GetValueOrDefault(name) ?? MetricTitle.Of(name);
}
