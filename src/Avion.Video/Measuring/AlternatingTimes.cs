namespace Avion.Video;

/// <summary>Processor time of two ways of doing the same work.</summary>
/// <param name="Milliseconds">First way, for a unit of work; median of the rounds.</param>
/// <param name="BesideMilliseconds">Second way.</param>
/// <param name="Ratio">Time of the second over that of the first, round by round; median.</param>
public sealed record TimePair(double Milliseconds, double BesideMilliseconds, double Ratio);

/// <summary>
/// Times two ways of the same work in turns, so that whatever else the machine does touches both alike, and by processor time, which stays
/// the same when a thread has to wait for a core.
/// </summary>
internal static class AlternatingTimes
{
    /// <summary>Runs both once unmeasured, and then in turns.</summary>
    /// <param name="first">One round of the first way.</param>
    /// <param name="second">One round of the second way.</param>
    /// <param name="units">Units of work in a round.</param>
    /// <param name="rounds">Measured rounds.</param>
    /// <param name="cancellationToken">Looked at between rounds.</param>
    public static TimePair Measure(Action first, Action second, int units, int rounds, CancellationToken cancellationToken)
    {
        first();
        second();
        List<double> firsts = [], seconds = [], ratios = [];
        for (int round = 0; round < rounds; round++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            double a = Milliseconds(first) / units;
            double b = Milliseconds(second) / units;
            firsts.Add(a);
            seconds.Add(b);
            ratios.Add(b / a);
        }

        return new TimePair(Median(firsts), Median(seconds), Median(ratios));
    }

    private static double Milliseconds(Action work)
    {
        TimeSpan before = Environment.CpuUsage.TotalTime;
        work();
        return (Environment.CpuUsage.TotalTime - before).TotalMilliseconds;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
