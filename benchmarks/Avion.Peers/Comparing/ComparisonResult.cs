namespace Avion.Peers;

/// <summary>What a comparison found.</summary>
/// <param name="Workload">The name of the workload.</param>
/// <param name="Date">The day.</param>
/// <param name="Machine">Where.</param>
/// <param name="Agreement">How far results lie apart.</param>
/// <param name="Sides">What each side took with each number of threads.</param>
internal sealed record ComparisonResult(
    string Workload, DateOnly Date, Machine Machine, Agreement Agreement, IReadOnlyList<SideTimes> Sides)
{
    /// <summary>What a side took; null where it was not measured.</summary>
    public SideTimes? Of(string side, int threads) => Sides.FirstOrDefault(times => times.Side == side && times.Threads == threads);

    /// <summary>How many times as long one side took as another in the same rounds: the median of the rounds' ratios.</summary>
    /// <param name="longer">The one above.</param>
    /// <param name="shorter">The one below.</param>
    /// <param name="value">What of a turn.</param>
    public static double Ratio(SideTimes longer, SideTimes shorter, Func<SideTurn, double> value) => Medians.Of(Ratios(longer, shorter, value));

    /// <summary>The ratio of each round.</summary>
    /// <param name="longer">The one above.</param>
    /// <param name="shorter">The one below.</param>
    /// <param name="value">What of a turn.</param>
    public static IEnumerable<double> Ratios(SideTimes longer, SideTimes shorter, Func<SideTurn, double> value) =>
        longer.Turns.Zip(shorter.Turns, (a, b) => value(a) / value(b));
}

/// <summary>The turns of one side with one number of threads.</summary>
internal sealed record SideTimes(string Side, string Title, int Threads, string Description, IReadOnlyList<SideTurn> Turns)
{
    /// <summary>By the clock, median of the turns.</summary>
    public double Milliseconds => Medians.Of(Turns.Select(turn => turn.Milliseconds));

    /// <summary>Of all threads together, median of the turns.</summary>
    public double ProcessorMilliseconds => Medians.Of(Turns.Select(turn => turn.ProcessorMilliseconds));

    /// <summary>The most memory that was resident.</summary>
    public double PeakMebibytes => Turns.Max(turn => turn.PeakMebibytes);
}

/// <summary>The middle of some numbers.</summary>
internal static class Medians
{
    public static double Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
