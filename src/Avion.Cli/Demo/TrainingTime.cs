namespace Avion.Cli;

/// <summary>Time and rate of a whole run's training, evaluations and saving aside, added up from its log.</summary>
/// <param name="Seconds">Time of all steps.</param>
/// <param name="ClipsPerSecond">Clips per second over that time.</param>
/// <param name="DataWaitFraction">Share of that time spent waiting for clips.</param>
internal sealed record TrainingTime(double Seconds, double ClipsPerSecond, double DataWaitFraction)
{
    public static TrainingTime Read(string logPath)
    {
        double seconds = 0, clips = 0, waiting = 0;
        long before = 0;
        foreach (RunLogEntry entry in RunLogReader.Read(logPath).Effective().Where(entry => entry.Kind == RunLogKind.Step))
        {
            double window = (entry.Step - before) * entry.Values["step_milliseconds"] / 1000;
            seconds += window;
            clips += window * entry.Values["clips_per_second"];
            waiting += window * entry.Values["data_wait_fraction"];
            before = entry.Step;
        }
        return seconds > 0 ? new TrainingTime(seconds, clips / seconds, waiting / seconds) : new TrainingTime(0, 0, 0);
    }
}
