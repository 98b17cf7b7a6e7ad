namespace Avion.Dashboard;

/// <summary>Rates of the whole training, evaluations and saves left out: means of the log's lines, weighted by the time that each is of.</summary>
/// <remarks>Line i tells of s_i steps (those since the line before) of t_i milliseconds each, so its weight is s_i t_i. A log whose lines are of the
/// same clips each second has that rate.</remarks>
internal sealed record TrainingMeans(double ClipsPerSecond, double DataWaitFraction)
{
    /// <summary>Null where the log has no whole line of them.</summary>
    public static TrainingMeans? Of(RunHistory history)
    {
        if (!history.Curves.TryGetValue("step_milliseconds", out Curve? times) || !history.Curves.TryGetValue("clips_per_second", out Curve? rates)
            || !history.Curves.TryGetValue("data_wait_fraction", out Curve? waits)
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

        return all > 0 ? new TrainingMeans(clips / all, waiting / all) : null;
    }
}
