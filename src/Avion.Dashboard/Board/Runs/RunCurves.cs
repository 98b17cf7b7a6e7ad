namespace Avion.Dashboard;

/// <summary>The charts of a run, or of several runs over one another.</summary>
internal static class RunCurves
{
    /// <summary>Points of a line that are drawn; more than a screen is wide are of no use.</summary>
    private const int MostPoints = 900;

    private const int LinesPerChart = 3;

    private static readonly Form[] s_forms =
    [
        new("Loss", "loss", "", ["loss"], StartsAtZero: true),
        new("Training rate", "clips per second", "clips/s", ["clips_per_second"], StartsAtZero: true),
        new("Waiting for data", "share of time", "", [LoadShares.WaitingName, LoadShares.DecodingName, LoadShares.ReadingName],
            StartsAtZero: true, Percent: true),
        new("Reading files", "megabytes per second", "MB/s", ["file_megabytes_per_second"], StartsAtZero: true),
        new("Time of a step", "milliseconds", "ms", ["step_milliseconds", "compute_milliseconds"], StartsAtZero: true),
        new("Learning rate", "per step", "", ["learning_rate"], StartsAtZero: true),
        new("Gradient norm", "before clipping", "", ["gradient_norm"], StartsAtZero: true),
        new("GPU utilization", "percent", "%", ["gpu_utilization_percent"], StartsAtZero: true),
        new("GPU memory", "bytes in use", "B", ["gpu_memory_bytes"], StartsAtZero: true),
        new("GPU power", "watts", "W", ["gpu_watts"], StartsAtZero: true),
        new("GPU clock", "megahertz", "MHz", ["gpu_clock_megahertz"], StartsAtZero: false),
    ];

    /// <summary>Counts that are drawn only where something was counted.</summary>
    private static readonly string[] s_counts = ["bad_clips", "skipped_steps"];

    /// <summary>Charts of training steps.</summary>
    /// <param name="runs">Each with the name of its line; a single one needs none.</param>
    /// <param name="byTime">Whether the horizontal axis is time since the first line rather than steps.</param>
    public static IReadOnlyList<ChartDescription> OfSteps(IReadOnlyList<(string Name, RunHistory History)> runs, bool byTime)
    {
        string[] names = [.. runs.SelectMany(run => run.History.Curves.Keys).Distinct()];
        HashSet<string> known = [.. s_forms.SelectMany(form => form.Names)];
        IEnumerable<Form> others = names
            .Where(name => !known.Contains(name) && !(s_counts.Contains(name) && runs.All(run => IsZero(run.History, name))))
            .Select(name => new Form(Title(name), Title(name), "", [name], StartsAtZero: false,
                Percent: name.EndsWith("accuracy", StringComparison.Ordinal)));
        return [.. s_forms.Concat(others).Select(form => Chart(form, runs, byTime)).Where(chart => chart.Lines.Count > 0)];
    }

    /// <summary>Charts of evaluations: the metrics that tasks want shown, beside chance.</summary>
    public static IReadOnlyList<ChartDescription> OfEvaluations(IReadOnlyList<(string Name, RunHistory History)> runs, bool byTime)
    {
        bool isOne = runs.Count == 1;
        (string Name, string Title)[] metrics =
            [.. runs.SelectMany(run => run.History.Of(RunLogKind.Evaluation)
                .SelectMany(entry => MetricValue.Shown(run.History, entry.Values)))
            .DistinctBy(metric => metric.Name).Select(metric => (metric.Name, metric.Title))];
        return [.. metrics.Chunk(isOne ? LinesPerChart : 1).Select(group => new ChartDescription(
            isOne ? "Evaluation, held out" : group[0].Title, XLabel(byTime), "",
            [.. group.SelectMany(metric => runs.Select(run => new ChartLine(
                isOne ? metric.Title : run.Name, PointsOf(run.History, metric.Name, byTime), HasMarks: true)))
                .Where(line => line.Points.Count > 0)])
            {
                StartsAtZero = true,
                Levels = [.. group.SelectMany(
                    metric => ChanceOf(runs, metric.Name, isOne && group.Length > 1 ? $"chance, {metric.Title}" : "chance"))],
            })];
    }

    private static ChartDescription Chart(Form form, IReadOnlyList<(string Name, RunHistory History)> runs, bool byTime) => new(
        form.Title, XLabel(byTime), form.YLabel,
        [
            .. from run in runs
               from name in runs.Count == 1 ? form.Names : form.Names[..1]
               where run.History.Curves.ContainsKey(name)
               let curve = run.History.Curves[name]
               select new ChartLine(runs.Count == 1 ? Words(name) : run.Name,
                   PointReduction.Reduce(byTime ? Minutes(curve) : curve.Steps, curve.Values, MostPoints)),
        ])
        {
            Unit = form.Unit,
            StartsAtZero = form.StartsAtZero,
            Percent = form.Percent,
        };

    private static IReadOnlyList<double?[]> PointsOf(RunHistory history, string metric, bool byTime) =>
    [
        .. from entry in history.Of(RunLogKind.Evaluation)
           where entry.Values.ContainsKey(metric)
           let x = byTime ? (entry.Time - history.First!.Time).TotalMinutes : entry.Step
           select (double?[])[x, double.IsFinite(entry.Values[metric]) ? entry.Values[metric] : null],
    ];

    private static IEnumerable<ChartLevel> ChanceOf(IReadOnlyList<(string Name, RunHistory History)> runs, string metric, string name)
    {
        IEnumerable<double> levels = runs.SelectMany(run => run.History.Of(RunLogKind.Evaluation).TakeLast(1))
            .Where(entry => entry.Values.ContainsKey(metric + RunLogLabels.ChanceSuffix))
            .Select(entry => entry.Values[metric + RunLogLabels.ChanceSuffix]).Where(double.IsFinite).Distinct();
        return levels.Select(level => new ChartLevel(name, level));
    }

    private static ReadOnlySpan<double> Minutes(Curve curve)
    {
        const double secondsPerMinute = 60;
        double[] minutes = new double[curve.Seconds.Length];
        for (int i = 0; i < minutes.Length; i++)
        {
            minutes[i] = curve.Seconds[i] / secondsPerMinute;
        }

        return minutes;
    }

    private static bool IsZero(RunHistory history, string name) =>
        !history.Curves.TryGetValue(name, out Curve? curve) || !curve.Values.ContainsAnyExcept(0.0);

    private static string XLabel(bool byTime) => byTime ? "minutes" : "step";

    private static string Title(string name) => char.ToUpperInvariant(name[0]) + Words(name)[1..];

    internal static string Words(string name) => name.Replace('_', ' ');

    private sealed record Form(string Title, string YLabel, string Unit, string[] Names, bool StartsAtZero, bool Percent = false);
}
