namespace Avion.Cli;

/// <summary>Shows a training run on a progress display: rate, loss, share of time waiting for data, time left.</summary>
internal sealed class TrainingView(ProgressDisplay progress) : ITrainingObserver
{
    /// <summary>Formatting a line costs memory, so a step is shown only this often.</summary>
    private const long IntervalMilliseconds = 250;

    private long _lastShown = long.MinValue / 2;

    /// <summary>Whether the work has begun.</summary>
    public bool HasStarted { get; private set; }

    public void Started() => HasStarted = true;

    public void Message(string text) => progress.Line(text);

    public void Warning(string text) => progress.Line("warning: " + text);

    public void StepCompleted(in TrainingProgress step)
    {
        bool isLast = step.Step == step.TotalSteps;
        long now = Environment.TickCount64;
        if (!isLast && now - _lastShown < IntervalMilliseconds)
        {
            return;
        }
        _lastShown = now;
        TimeSpan left = TimeSpan.FromSeconds(Math.Clamp(double.IsFinite(step.SecondsLeft) ? step.SecondsLeft : 0, 0, 1e8));
        progress.Report("train", (double)step.Step / Math.Max(1, step.TotalSteps), string.Create(CultureInfo.InvariantCulture,
            $"step {step.Step}/{step.TotalSteps}  loss {LossText(step.Loss)}  {step.ClipsPerSecond:0} clips/s  waiting {100 * step.DataWaitFraction:0} %  {Quantity.Clock(left)} left"));
    }

    /// <summary>Three decimals; a number of many digits in scientific notation, which can be read at a glance.</summary>
    private static string LossText(double loss)
    {
        const double LongNumber = 1e5;
        return loss.ToString(Math.Abs(loss) < LongNumber ? "0.000" : "0.0e+0", CultureInfo.InvariantCulture);
    }

    public void EvaluationProgress(long clips, long totalClips) =>
        progress.Report("evaluate", totalClips == 0 ? 1 : (double)clips / totalClips, $"{clips} of {totalClips} clips");

    public void Evaluated(long step, EvaluationResult result)
    {
        string[] shown =
        [
            .. from metric in result.Metrics
               where metric.IsShown && result.Find(metric.Name) is not null
               select string.Create(CultureInfo.InvariantCulture, $"{metric.Title} {result[metric.Name]:0.000}"),
        ];
        progress.Line($"step {step}: " + (shown.Length > 0 ? string.Join(", ", shown) : "evaluated"));
    }
}
