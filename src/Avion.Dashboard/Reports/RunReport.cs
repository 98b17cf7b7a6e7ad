namespace Avion.Dashboard;

/// <summary>All that is told of one run, whatever it trains: finished, running or stopped.</summary>
public sealed class RunReport
{
    private RunReport(string folder, RunLogContents log, ReportFindings findings, DateTimeOffset now)
    {
        History = RunHistory.Of(log);
        string name = History.Labels.GetValueOrDefault("name", "");
        Name = name.Length > 0 ? name : Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
        (Status, Times, Commands) = (RunStatus.Of(History, now, File.GetLastWriteTimeUtc(Path.Combine(folder, RunFiles.Log))),
            RunTimes.Of(log.Entries), StartCommand.Of(log.Entries));
        Called = RunNames.Of([Path.GetFullPath(folder)], [])[0];
        DamagedLines = log.DamagedLines + (log.EndsTorn ? 1 : 0);
        Checkpoints = StoredCheckpoint.Of(folder, History);
        Recipe = RunFiles.Text(folder, RunFiles.Recipe);
        Memory = MemoryPart.Read(RunFiles.Text(folder, RunFiles.Memory));
        Findings = findings;
    }

    /// <summary>The run's name and task.</summary>
    public string Title => $"{Name}{(Task.Length > 0 ? $" ({Task})" : "")}";

    /// <summary>How the run is doing.</summary>
    public RunStatus Status { get; }

    /// <summary>Optimizer steps that were done.</summary>
    public long Steps => History.Last?.Step ?? 0;

    /// <summary>What the report lacks, and why, a sentence each.</summary>
    public IReadOnlyList<string> LeftOut => Gaps.Of(this);

    internal string Name { get; }

    /// <summary>What its folder is called, which tells runs of one recipe apart.</summary>
    internal string Called { get; }

    internal string Task => History.Labels.GetValueOrDefault(RunLogLabels.Task, "");

    internal RunHistory History { get; }

    internal RunTimes Times { get; }

    /// <summary>The command lines that started and continued the run, oldest first; of runs that keep none it is empty.</summary>
    internal IReadOnlyList<StartCommand> Commands { get; }

    internal int DamagedLines { get; }

    internal IReadOnlyList<StoredCheckpoint> Checkpoints { get; }

    /// <summary>The recipe as the run keeps it; empty where it cannot be read.</summary>
    internal string Recipe { get; }

    internal IReadOnlyList<MemoryPart> Memory { get; }

    internal ReportFindings Findings { get; }

    /// <summary>Reads a run.</summary>
    /// <param name="folder">Its folder; nothing in it is changed. Lines of the log that are damaged are left out and counted.</param>
    /// <param name="findings">What else is known of it.</param>
    /// <param name="now">The time, by which a run that says nothing any more is told from one that trains.</param>
    /// <exception cref="IOException">The log is not there or cannot be read.</exception>
    public static RunReport Read(string folder, ReportFindings findings, DateTimeOffset now) =>
        new(folder, RunLogReader.Read(Path.Combine(folder, RunFiles.Log)), findings, now);

    /// <summary>The report as a single HTML file that asks for nothing outside itself.</summary>
    /// <param name="cancellation">Ends it between two pictures.</param>
    public string ToHtml(CancellationToken cancellation = default) => ReportPage.Render(this, cancellation);
}

/// <summary>A command line that started or continued a run.</summary>
/// <param name="Step">Where the run stood.</param>
/// <param name="Text">As it was typed.</param>
internal sealed record StartCommand(long Step, string Text)
{
    public static IReadOnlyList<StartCommand> Of(IReadOnlyList<RunLogEntry> entries) =>
    [
        .. entries.Where(entry => entry.Kind is RunLogKind.Started or RunLogKind.Resumed && entry.Labels.ContainsKey(RunLogLabels.Command))
            .Select(entry => new StartCommand(entry.Step, entry.Labels[RunLogLabels.Command])),
    ];
}
