namespace Avion.Dashboard;

/// <summary>A run in a line, for the list of runs and the head of its page.</summary>
internal sealed record RunSummary
{
    private const int RecentLines = 10;
    private const int SparkPoints = 60;

    public required string Id { get; init; }

    public required string Name { get; init; }

    public required string Folder { get; init; }

    public required string Title { get; init; }

    public required string Task { get; init; }

    public required RunStatus Status { get; init; }

    public DateTimeOffset? Started { get; init; }

    public DateTimeOffset? Updated { get; init; }

    public long Step { get; init; }

    public long? TotalSteps { get; init; }

    public int Epoch { get; init; }

    public double? Loss { get; init; }

    public double? ClipsPerSecond { get; init; }

    public double? DataWaitFraction { get; init; }

    /// <summary>Until the last step at the rate of the newest lines, evaluations not counted; null unless running.</summary>
    public double? SecondsLeft { get; init; }

    /// <summary>The metrics of the newest evaluation that the task wants shown.</summary>
    public required IReadOnlyList<MetricValue> Metrics { get; init; }

    /// <summary>A few points of the loss.</summary>
    public required IReadOnlyList<double?[]> Spark { get; init; }

    public int Warnings { get; init; }

    public int DamagedLines { get; init; }

    public static RunSummary Of(BoardRun run) => run.Read((history, status, damaged) => Of(run, history, status, damaged));

    internal static RunSummary Of(BoardRun run, RunHistory history, RunStatus status, int damagedLines)
    {
        long step = history.Last?.Step ?? 0;
        double? total = history.StartValue("total_steps"), milliseconds = history.Recent("step_milliseconds", RecentLines);
        Curve? loss = history.Curves.GetValueOrDefault("loss");
        return new RunSummary
        {
            Id = run.Id,
            Name = run.Name,
            Folder = run.Folder,
            Title = history.Labels.GetValueOrDefault("name", run.Name),
            Task = history.Labels.GetValueOrDefault(RunLogLabels.Task, ""),
            Status = status,
            Started = history.First?.Time,
            Updated = history.Last?.Time,
            Step = step,
            TotalSteps = (long?)total,
            Epoch = history.Last?.Epoch ?? 0,
            Loss = history.Recent("loss"),
            ClipsPerSecond = history.Recent("clips_per_second", RecentLines),
            DataWaitFraction = history.Recent(LoadShares.WaitingName, RecentLines),
            SecondsLeft = status.Word == RunStatus.Running && total > step && milliseconds is { } each
                ? (total - step) * each / 1000
                : null,
            Metrics = MetricValue.Newest(history),
            Spark = loss is null ? [] : PointReduction.Reduce(loss.Steps, loss.Values, SparkPoints),
            Warnings = history.Of(RunLogKind.Warning).Count(),
            DamagedLines = damagedLines,
        };
    }
}

/// <summary>A metric beside what chance gives.</summary>
/// <param name="Name">As in the log.</param>
/// <param name="Title">For people.</param>
/// <param name="Value">Null where it is not finite.</param>
/// <param name="Chance">Null where chance has no meaning.</param>
/// <param name="SmallerIsBetter">Whether a smaller value is the better one.</param>
internal sealed record MetricValue(string Name, string Title, double? Value, double? Chance, bool SmallerIsBetter)
{
    /// <summary>The shown metrics of the newest evaluation.</summary>
    public static IReadOnlyList<MetricValue> Newest(RunHistory history) =>
        history.Of(RunLogKind.Evaluation).LastOrDefault() is { } last ? Shown(history, last.Values) : [];

    /// <summary>Those of an evaluation's values that the task wants shown; of a log that does not say, all
    /// that have a chance level.</summary>
    public static IReadOnlyList<MetricValue> Shown(RunHistory history, IReadOnlyDictionary<string, double> values)
    {
        MetricTitles titles = history.Titles;
        IEnumerable<string> names = titles.Names.Count > 0 ? titles.Names.Where(values.ContainsKey)
            : values.Keys.Where(name => values.ContainsKey(name + RunLogLabels.ChanceSuffix));
        return [.. names.Select(name => Of(name, values, titles))];
    }

    /// <summary>All of an evaluation's values but the chance levels themselves.</summary>
    public static IReadOnlyList<MetricValue> All(RunHistory history, IReadOnlyDictionary<string, double> values) =>
        [.. values.Keys.Where(name => !name.EndsWith(RunLogLabels.ChanceSuffix, StringComparison.Ordinal))
            .Select(name => Of(name, values, history.Titles))];

    private static MetricValue Of(string name, IReadOnlyDictionary<string, double> values, MetricTitles titles) => new(
        name, titles.Of(name), Finite(values[name]),
        values.TryGetValue(name + RunLogLabels.ChanceSuffix, out double chance) ? Finite(chance) : null, titles.SmallerIsBetter(name));

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;
}
