namespace Avion.Dashboard;

/// <summary>How a run is doing, as far as its log tells.</summary>
/// <param name="Word">One of <c>running</c>, <c>silent</c>, <c>completed</c>, <c>stopped</c>, <c>failed</c>, <c>waiting</c> and
/// <c>unreadable</c>.</param>
/// <param name="Text">A sentence, empty where the word says it all.</param>
public sealed record RunStatus(string Word, string Text = "")
{
    /// <summary>A run that evaluates or saves writes nothing for a while.</summary>
    private static readonly TimeSpan s_leastSilence = TimeSpan.FromMinutes(5);

    private const int SilentLines = 20;

    /// <param name="history">What the log told.</param>
    /// <param name="now">The time.</param>
    /// <param name="written">When the log was written last, which tells for one that is empty whether its run is only just begun.</param>
    internal static RunStatus Of(RunHistory history, DateTimeOffset now, DateTimeOffset? written = null)
    {
        if (history.Last is not { } last)
        {
            return now - written > s_leastSilence
                ? new RunStatus("silent", "The log is empty and has not grown for a while: the process may have been killed before its first step.")
                : new RunStatus("waiting", "The log is empty: the run is being prepared.");
        }

        if (last.Kind == RunLogKind.Ended)
        {
            string reason = last.Labels.GetValueOrDefault("reason", ""), message = last.Labels.GetValueOrDefault("message", "");
            return reason switch
            {
                "completed" => new RunStatus("completed"),
                "failed" => new RunStatus("failed", message),
                "diverged" => new RunStatus("failed", message.Length > 0 ? message : "The loss went beyond all bounds."),
                _ => new RunStatus("stopped", message.Length > 0 ? message : reason),
            };
        }

        return now - last.Time > Silence(history)
            ? new RunStatus("silent", "The log has not grown for a while and does not say that the run ended: the process may have been killed.")
            : new RunStatus("running");
    }

    /// <summary>How long a run may say nothing: five minutes, or twenty times what lies between two lines of it.</summary>
    private static TimeSpan Silence(RunHistory history)
    {
        if (history.Curves.Values.FirstOrDefault() is not { Values.Length: > 1 } curve)
        {
            return s_leastSilence;
        }

        TimeSpan usual = TimeSpan.FromSeconds(SilentLines * curve.Seconds[^1] / (curve.Values.Length - 1));
        return usual > s_leastSilence ? usual : s_leastSilence;
    }
}
