namespace Avion.Dashboard;

/// <summary>How a run is doing, as far as its log tells.</summary>
/// <param name="Word">One of the words below: what the board, reports and <c>--json</c> call a state, and what styles know it by.</param>
/// <param name="Text">A sentence, empty where the word says it all.</param>
public sealed record RunStatus(string Word, string Text = "")
{
    /// <summary>The states, in the order in which a run comes to them.</summary>
    public const string Preparing = "preparing", Running = "running", Silent = "silent", Completed = "completed", Stopped = "stopped",
        Failed = "failed", Unreadable = "unreadable";

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
                ? new RunStatus(Silent, "The log is empty and has not grown for a while: the process may have been killed before its "
                    + "first step.")
                : new RunStatus(Preparing, "The log is empty: the run is being prepared.");
        }

        if (last.Kind == RunLogKind.Ended)
        {
            string reason = last.Labels.GetValueOrDefault("reason", ""), message = last.Labels.GetValueOrDefault("message", "");
            return reason switch
            {
                "completed" => new RunStatus(Completed),
                "failed" => new RunStatus(Failed, message),
                "diverged" => new RunStatus(Failed, message.Length > 0 ? message : "The loss went beyond all bounds."),
                _ => new RunStatus(Stopped, message.Length > 0 ? message : reason),
            };
        }

        return now - last.Time > Silence(history)
            ? new RunStatus(Silent, "The log has not grown for a while and does not say that the run ended: the process may have "
                + "been killed.")
            : new RunStatus(Running);
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
