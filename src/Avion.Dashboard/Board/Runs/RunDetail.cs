namespace Avion.Dashboard;

/// <summary>Everything that the page of one run shows.</summary>
internal sealed record RunDetail
{
    private const int ShownWarnings = 200, ShownEvaluations = 6, ShownCheckpoints = 200;
    private const string Message = "message";

    public required RunSummary Summary { get; init; }

    /// <summary>What the run says of itself: program, libraries, weights that it began with.</summary>
    public required IReadOnlyList<RunFact> Facts { get; init; }

    public required RunVerdict Verdict { get; init; }

    public required IReadOnlyList<ChartDescription> Charts { get; init; }

    public required IReadOnlyList<ChartDescription> EvaluationCharts { get; init; }

    /// <summary>The newest evaluations, oldest first; the charts have all.</summary>
    public required IReadOnlyList<RunEvaluation> Evaluations { get; init; }

    public required int EvaluationCount { get; init; }

    /// <summary>The newest checkpoints, oldest first.</summary>
    public required IReadOnlyList<RunCheckpoint> Checkpoints { get; init; }

    public required int CheckpointCount { get; init; }

    /// <summary>Step of the newest checkpoint that was the best when it was saved; null where none was.</summary>
    public long? BestStep { get; init; }

    /// <summary>The newest warnings, newest first.</summary>
    public required IReadOnlyList<RunNote> Warnings { get; init; }

    /// <summary>Memory that was planned, largest first.</summary>
    public required IReadOnlyList<MemoryPart> Memory { get; init; }

    public required IReadOnlyList<KeyValuePair<string, string>> Recipe { get; init; }

    public static RunDetail Of(BoardRun run, bool byTime)
    {
        IReadOnlyList<KeyValuePair<string, string>> recipe = RecipeText.Read(run.Recipe());
        IReadOnlyList<MemoryPart> memory = MemoryPart.Read(run.Memory());
        return run.Read((history, status, damaged) => new RunDetail
        {
            Summary = RunSummary.Of(run, history, status, damaged),
            Facts = [.. RunFact.Of(history)],
            Verdict = RunVerdict.Of(history),
            Charts = RunCurves.OfSteps([("", history)], byTime),
            EvaluationCharts = RunCurves.OfEvaluations([("", history)], byTime),
            EvaluationCount = history.Of(RunLogKind.Evaluation).Count(),
            Evaluations = [.. history.Of(RunLogKind.Evaluation).TakeLast(ShownEvaluations).Select(entry =>
                new RunEvaluation(entry.Step, entry.Epoch, entry.Time, MetricValue.All(history, entry.Values)))],
            Checkpoints = [.. history.Of(RunLogKind.Checkpoint).TakeLast(ShownCheckpoints).Select(RunCheckpoint.Of)],
            CheckpointCount = history.Of(RunLogKind.Checkpoint).Count(),
            BestStep = history.Of(RunLogKind.Checkpoint).Select(RunCheckpoint.Of).LastOrDefault(checkpoint => checkpoint.IsBest)?.Step,
            Warnings = [.. history.Of(RunLogKind.Warning).Reverse().Take(ShownWarnings)
                .Select(entry => new RunNote(entry.Step, entry.Time, entry.Labels.GetValueOrDefault(Message, "")))],
            Memory = memory,
            Recipe = recipe,
        });
    }
}

/// <summary>An evaluation with all that it measured.</summary>
internal sealed record RunEvaluation(long Step, int Epoch, DateTimeOffset Time, IReadOnlyList<MetricValue> Metrics);

/// <summary>A checkpoint that was saved; whether it is still kept, the log does not tell.</summary>
internal sealed record RunCheckpoint(long Step, int Epoch, DateTimeOffset Time, string Folder, double? Bytes, double? Seconds, bool IsBest)
{
    private const string FolderLabel = "folder";

    public static RunCheckpoint Of(RunLogEntry entry) => new(
        entry.Step, entry.Epoch, entry.Time, entry.Labels.GetValueOrDefault(FolderLabel, ""), Value(entry, "bytes"),
        Value(entry, "seconds"), Value(entry, "best") == 1);

    private static double? Value(RunLogEntry entry, string name) =>
        entry.Values.TryGetValue(name, out double value) && double.IsFinite(value) ? value : null;
}

/// <summary>A line of the log for people.</summary>
internal sealed record RunNote(long Step, DateTimeOffset Time, string Text);

/// <summary>Something that a run says of itself.</summary>
internal sealed record RunFact(string Name, string Value)
{
    private static readonly string[] s_hidden = ["name", RunLogLabels.Task, RunLogLabels.SmallerIsBetter];

    public static IEnumerable<RunFact> Of(RunHistory history)
    {
        foreach ((string name, string value) in history.Labels)
        {
            if (value.Length > 0 && !s_hidden.Contains(name) && !name.StartsWith(RunLogLabels.MetricTitlePrefix, StringComparison.Ordinal))
            {
                yield return new RunFact(RunCurves.Words(name).Replace('.', ' '), value);
            }
        }

        IEnumerable<string> numbers = history.Notes.Where(note => note.Kind is RunLogKind.Started or RunLogKind.Setup)
            .SelectMany(note => note.Values.Keys).Where(name => name is not "schema" and not "total_steps").Distinct();
        foreach (string name in numbers)
        {
            if (history.StartValue(name) is { } value)
            {
                yield return new RunFact(RunCurves.Words(name), value.ToString("#,0.###", CultureInfo.InvariantCulture)
                    .Replace(',', '\u202f'));
            }
        }
    }
}

/// <summary>A part of the memory that was planned.</summary>
internal sealed record MemoryPart(string Name, double Bytes)
{
    private const string Suffix = "_bytes", Total = "total_bytes";

    /// <summary>What plans call the parts, where their names in the file are others.</summary>
    private static readonly Dictionary<string, string> s_names = new()
    {
        ["parameter"] = "weights", ["gradient"] = "gradients", ["average"] = "average of the weights", ["step"] = "activations",
        ["feature"] = "features of all parts", ["scratch"] = "workspace", ["batch"] = "batches", ["host_batch"] = "batches on the host",
    };

    /// <summary>Reads a run's plan; empty where the file does not hold one.</summary>
    public static IReadOnlyList<MemoryPart> Read(string json)
    {
        if (json.Length == 0)
        {
            return [];
        }

        try
        {
            using JsonDocument plan = JsonDocument.Parse(json);
            return plan.RootElement.ValueKind != JsonValueKind.Object ? [] :
            [
                .. plan.RootElement.EnumerateObject()
                    .Where(part => part.Name.EndsWith(Suffix, StringComparison.Ordinal) && part.Name != Total
                        && part.Value.ValueKind == JsonValueKind.Number)
                    .Select(part => new MemoryPart(NameOf(part.Name[..^Suffix.Length]), part.Value.GetDouble()))
                    .Where(part => part.Bytes > 0).OrderByDescending(part => part.Bytes),
            ];
        }
        catch (JsonException)
        {
            return [];
        }
    }

    private static string NameOf(string part) => s_names.GetValueOrDefault(part) ?? RunCurves.Words(part);
}
