namespace Avion.Dashboard;

/// <summary>Time and rates of the whole training, evaluations and saves left out: the rates are means of the log's lines, weighted by the
/// time that each is of.</summary>
/// <remarks>Line i tells of s_i steps (those since the line before) of t_i milliseconds each, so its weight is s_i t_i. A log whose lines
/// are of the same clips each second has that rate.</remarks>
/// <param name="Seconds">Time of all steps.</param>
/// <param name="ClipsPerSecond">Clips per second over that time.</param>
/// <param name="DataWaitFraction">Share of that time spent waiting for clips.</param>
public sealed record TrainingMeans(double Seconds, double ClipsPerSecond, double DataWaitFraction)
{
    /// <summary>Of a run's log; null where it has no whole line of them.</summary>
    /// <exception cref="IOException">The log is not there or cannot be read.</exception>
    public static TrainingMeans? Read(string logPath) => Of(RunHistory.Of(RunLogReader.Read(logPath)));

    internal static TrainingMeans? Of(RunHistory history)
    {
        if (!history.Curves.TryGetValue("step_milliseconds", out Curve? times)
            || !history.Curves.TryGetValue("clips_per_second", out Curve? rates)
            || !history.Curves.TryGetValue(LoadShares.WaitingName, out Curve? waits)
            || rates.Steps.Length != times.Steps.Length || waits.Steps.Length != times.Steps.Length)
        {
            return null;
        }

        double clips = 0, waiting = 0, all = 0, before = 0;
        for (int i = 0; i < times.Steps.Length; i++)
        {
            double weight = (times.Steps[i] - before) * times.Values[i];
            before = times.Steps[i];
            if (double.IsFinite(weight * rates.Values[i] * waits.Values[i]) && weight > 0)
            {
                clips += weight * rates.Values[i];
                waiting += weight * waits.Values[i];
                all += weight;
            }
        }

        return all > 0 ? new TrainingMeans(all / 1000, clips / all, waiting / all) : null;
    }
}
