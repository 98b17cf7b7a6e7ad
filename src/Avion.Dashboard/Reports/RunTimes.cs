namespace Avion.Dashboard;

/// <summary>When a run began, when its log was written to last, and how long it worked in between.</summary>
/// <param name="Began">Time of the first line.</param>
/// <param name="Last">Time of the last line.</param>
/// <param name="Working">Without the time between a stop and the continuation.</param>
/// <param name="Continuations">How often it was continued.</param>
internal sealed record RunTimes(DateTimeOffset? Began, DateTimeOffset? Last, TimeSpan Working, int Continuations)
{
    /// <param name="entries">All lines of the log, those of steps that were done again too.</param>
    public static RunTimes Of(IReadOnlyList<RunLogEntry> entries)
    {
        if (entries.Count == 0)
        {
            return new RunTimes(null, null, TimeSpan.Zero, 0);
        }

        TimeSpan working = TimeSpan.Zero;
        int continuations = 0;
        for (int i = 1; i < entries.Count; i++)
        {
            bool isContinuation = entries[i].Kind is RunLogKind.Started or RunLogKind.Resumed;
            continuations += isContinuation ? 1 : 0;
            TimeSpan between = entries[i].Time - entries[i - 1].Time;
            working += isContinuation || between < TimeSpan.Zero ? TimeSpan.Zero : between;
        }

        return new RunTimes(entries[0].Time, entries[^1].Time, working, continuations);
    }
}
