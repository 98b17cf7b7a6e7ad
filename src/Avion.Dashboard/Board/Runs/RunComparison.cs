namespace Avion.Dashboard;

/// <summary>Several runs beside one another: their curves over one another, their last metrics, and where their recipes differ.</summary>
internal sealed record RunComparison
{
    /// <summary>More lines than this cannot be told apart.</summary>
    public const int MostRuns = 6;

    public required IReadOnlyList<RunSummary> Runs { get; init; }

    public required IReadOnlyList<ChartDescription> Charts { get; init; }

    public required IReadOnlyList<ChartDescription> EvaluationCharts { get; init; }

    /// <summary>Metrics of the newest evaluations, a value for each run.</summary>
    public required IReadOnlyList<ComparedMetric> Metrics { get; init; }

    /// <summary>Keys whose values differ between the runs, a value for each run; null where a run does not have the key.</summary>
    public required IReadOnlyList<ComparedKey> Differences { get; init; }

    /// <summary>How many keys have the same value in all runs.</summary>
    public int EqualKeys { get; init; }

    public static RunComparison Of(IReadOnlyList<BoardRun> runs, bool byTime) => BoardRun.ReadAll(runs, read => Of(runs, read, byTime));

    private static RunComparison Of(
        IReadOnlyList<BoardRun> runs, IReadOnlyList<(RunHistory History, RunStatus Status, int DamagedLines)> read, bool byTime)
    {
        RunSummary[] summaries = [.. read.Select((one, i) => RunSummary.Of(runs[i], one.History, one.Status, one.DamagedLines))];

        // Of a metric that one task wants shown, also what the others measured.
        IReadOnlyList<MetricValue>[] measured = [.. read.Select(one =>
            one.History.Of(RunLogKind.Evaluation).LastOrDefault() is { } last ? MetricValue.All(one.History, last.Values) : [])];

        // Names of lines must differ, and runs of one recipe may have one title.
        (string Name, RunHistory History)[] lines = [.. read.Select((one, i) => (runs[i].Name, one.History))];
        IReadOnlyList<KeyValuePair<string, string>>[] recipes = [.. runs.Select(run => RecipeText.Read(run.Recipe()))];
        ComparedKey[] keys = [.. recipes.SelectMany(recipe => recipe.Select(pair => pair.Key)).Distinct()
            .Select(key => new ComparedKey(key, [.. recipes.Select(recipe => ValueOf(recipe, key))]))];
        ComparedKey[] different = [.. keys.Where(key => key.Values.Distinct().Count() > 1)];
        return new RunComparison
        {
            Runs = summaries,
            Charts = RunCurves.OfSteps(lines, byTime),
            EvaluationCharts = RunCurves.OfEvaluations(lines, byTime),
            Metrics = [.. summaries.SelectMany(run => run.Metrics).DistinctBy(metric => metric.Name).Select(metric => new ComparedMetric(
                metric.Title, [.. measured.Select(own => own.FirstOrDefault(value => value.Name == metric.Name))]))],
            Differences = different,
            EqualKeys = keys.Length - different.Length,
        };
    }

    private static string? ValueOf(IReadOnlyList<KeyValuePair<string, string>> recipe, string key)
    {
        foreach ((string name, string value) in recipe)
        {
            if (name == key)
            {
                return value;
            }
        }

        return null;
    }
}

/// <summary>A metric of several runs; null where a run has none.</summary>
internal sealed record ComparedMetric(string Title, IReadOnlyList<MetricValue?> Values);

/// <summary>A key of several recipes; null where a recipe lacks it.</summary>
internal sealed record ComparedKey(string Key, IReadOnlyList<string?> Values);
