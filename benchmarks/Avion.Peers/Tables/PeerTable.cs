namespace Avion.Peers;

/// <summary>The tables of docs/benchmarks.md, made of nothing but recorded results.</summary>
/// <remarks>Each run has its row, the newest first: how far two runs lie apart is part of what was measured.</remarks>
internal sealed class PeerTable
{
    private const string Own = "avion", Plain = "default", Alone = "library", Ceiling = "ceiling";

    private static readonly string[] s_best = ["peer", "autocast"];

    private readonly IReadOnlyList<ComparisonResult> _results;
    private readonly StringBuilder _text = new();

    private PeerTable(IReadOnlyList<ComparisonResult> results) => _results = results;

    /// <summary>Writes them as Markdown.</summary>
    /// <param name="results">Oldest first.</param>
    public static string Write(IReadOnlyList<ComparisonResult> results)
    {
        PeerTable table = new(results);
        table.WriteConditions();
        table.WriteRows("training step", workload => workload is StepWorkload, hasMemory: true);
        table.WriteSecondThread();
        table.WriteRows("operation, forward and backward", workload => workload is not StepWorkload, hasMemory: false);
        table.WriteAgreement();
        return table._text.ToString();
    }

    /// <summary>The faster of the peer's ways with that many threads; null where none was measured.</summary>
    public static SideTimes? Best(ComparisonResult result, int threads) =>
        s_best.Select(side => result.Of(side, threads)).OfType<SideTimes>().MinBy(side => side.Milliseconds);

    private void WriteConditions()
    {
        foreach (IGrouping<string, ComparisonResult> machine in _results.GroupBy(result => result.Machine.ToString()))
        {
            (DateOnly first, DateOnly last) = (machine.Min(result => result.Date), machine.Max(result => result.Date));
            Line($"* {machine.Key}; {(first == last ? $"{last:yyyy-MM-dd}" : $"{first:yyyy-MM-dd} to {last:yyyy-MM-dd}")}.");
        }

        foreach (string description in _results.SelectMany(result => result.Sides).Where(side => side.Side is not (Alone or Ceiling))
            .GroupBy(side => side.Title).Select(side => $"* {side.Key}: {string.Join("; ", side.Select(Library).Distinct())}."))
        {
            Line(description);
        }

        Line();
    }

    private void WriteRows(string title, Func<Workload, bool> isShown, bool hasMemory)
    {
        Line($"| {title} | type | threads | peer, ms | Avion, ms | peer / Avion | asked | peer / ceiling, processor time | ceiling / Avion | default / Avion |"
            + (hasMemory ? " peak resident MiB, peer | Avion | Avion / peer |" : ""));
        Line("|---|---|---|---|---|---|---|---|---|---|" + (hasMemory ? "---|---|---|" : ""));
        foreach ((Workload workload, int threads, ComparisonResult result) in Rows(isShown))
        {
            SideTimes own = result.Of(Own, threads)!, peer = Best(result, threads)!;
            string memory = hasMemory ? $" {peer.PeakMebibytes:n0} | {own.PeakMebibytes:n0} | {own.PeakMebibytes / peer.PeakMebibytes:f2} |" : "";
            Line($"| {workload.Title} | {TypeOf(workload)} | {threads} | {Milliseconds(peer)}{(peer.Side == "peer" ? "" : $" ({peer.Side})")} | "
                + $"{Milliseconds(own)} | {Ratio(peer, own)} | {Asked(workload, threads)} | {OfCeiling(result, peer)} | {ToCeiling(result, own)} | {RatioOfDefault(workload, threads)} |{memory}");
        }

        Line();
    }

    /// <summary>Ratios of the same run: how much a second thread adds hangs on the machine more than on anybody's program.</summary>
    private void WriteSecondThread()
    {
        Line("| 2 threads against 1, in the same run | type | Avion | peer | Avion's matrix library alone |");
        Line("|---|---|---|---|---|");
        foreach (Workload workload in WorkloadList.Shown.Where(workload => workload is StepWorkload))
        {
            if (_results.LastOrDefault(result => result.Workload == workload.Name && Gain(result, Own) is not null) is { } result)
            {
                string? peer = s_best.Select(side => Gain(result, side)).FirstOrDefault(gain => gain is not null);
                Line($"| {workload.Title} | {TypeOf(workload)} | {Gain(result, Own)} | {peer} | {Gain(result, Alone)} |");
            }
        }

        Line();
    }

    private void WriteAgreement()
    {
        Line("| what was compared first | type | side | largest of an output | largest of a gradient | of all gradients | of all gradients, relative |");
        Line("|---|---|---|---|---|---|---|");
        foreach (Workload workload in WorkloadList.Shown.Where(workload => workload is not ProductsWorkload))
        {
            // Of a result with several sides rather than of a newer one with fewer.
            ComparisonResult? result = _results.Where(result => result.Workload == workload.Name).MaxBy(result => result.Agreement.Sides.Count);
            foreach (SideErrors side in result?.Agreement.Sides ?? [])
            {
                Line($"| {workload.Title} | {TypeOf(workload)} | {side.Side}: {result!.Agreement.Measure} | {Error(side.Output.Error)} | "
                    + $"{Error(side.Gradient.Error)} | {Error(side.AllGradients)} | {Error(side.RelativeAllGradients)} |");
            }
        }
    }

    private IEnumerable<(Workload Workload, int Threads, ComparisonResult Result)> Rows(Func<Workload, bool> isShown) =>
        from workload in WorkloadList.Shown.Where(isShown)
        from threads in _results.SelectMany(result => result.Sides).Select(side => side.Threads).Distinct().OrderDescending()
        from result in _results.Reverse()
        where result.Workload == workload.Name && result.Of(Own, threads) is not null && Best(result, threads) is not null
        select (workload, threads, result);

    /// <summary>Of another run than the row where the peer's default was measured in another.</summary>
    private string RatioOfDefault(Workload workload, int threads) => _results.LastOrDefault(
        result => result.Workload == workload.Name && result.Of(Plain, threads) is not null && result.Of(Own, threads) is not null) is { } result
            ? $"{ComparisonResult.Ratio(result.Of(Plain, threads)!, result.Of(Own, threads)!, turn => turn.Milliseconds):f1}" : "";

    /// <summary>What the ratio to the peer of a program would be that does nothing but multiply and add. In processor time, for turns of a fraction of
    /// a second are disturbed more than long ones.</summary>
    private static string OfCeiling(ComparisonResult result, SideTimes peer) => result.Of(Ceiling, peer.Threads) is { } ceiling
        ? $"{ComparisonResult.Ratio(peer, ceiling, turn => turn.ProcessorMilliseconds):f2}" : "";

    /// <summary>Which part of Avion's time that program would take.</summary>
    private static string ToCeiling(ComparisonResult result, SideTimes own) => result.Of(Ceiling, own.Threads) is { } ceiling
        ? $"{ComparisonResult.Ratio(ceiling, own, turn => turn.ProcessorMilliseconds):f2}" : "";

    private static string? Gain(ComparisonResult result, string side) =>
        result.Of(side, 1) is { } one && result.Of(side, 2) is { } two ? Ratio(one, two) : null;

    private static string Ratio(SideTimes longer, SideTimes shorter)
    {
        double[] ratios = [.. ComparisonResult.Ratios(longer, shorter, turn => turn.Milliseconds)];
        return $"{Medians.Of(ratios):f2} ({ratios.Min():f2} to {ratios.Max():f2})";
    }

    private static string Asked(Workload workload, int threads) => workload.Asked.TryGetValue(threads, out double ratio) ? $"{ratio:0.0#}" : "";

    private static string Milliseconds(SideTimes side) => side.Milliseconds < 100 ? $"{side.Milliseconds:f1}" : $"{side.Milliseconds:n0}";

    private static string Error(double error) => error < 0.01 ? $"{error:0e-0}" : $"{error:0.00}";

    private static string TypeOf(Workload workload) => workload.IsBFloat16 ? "bfloat16" : "float32";

    /// <summary>What computes, without its threads, which are a column, and without how it does so, which is the row's.</summary>
    private static string Library(SideTimes side) =>
        side.Description.Split(';')[0].Replace($", {side.Threads} threads", "", StringComparison.Ordinal);

    private void Line(string text = "") => _text.Append(text).Append('\n');
}
