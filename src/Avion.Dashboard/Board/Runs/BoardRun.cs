namespace Avion.Dashboard;

/// <summary>A run as the board follows it.</summary>
/// <param name="id">What requests name it by.</param>
/// <param name="folder">Where it lies.</param>
/// <param name="time">The clock.</param>
internal sealed class BoardRun(string id, string folder, TimeProvider time)
{
    private const int LargestFile = 1 << 20;

    private readonly FollowedLog _log = new(Path.Combine(folder, RunFiles.Log));
    private readonly Lock _lock = new();

    public string Id => id;

    /// <summary>What people know it by, given by <see cref="RunNames"/>; no other run has the same.</summary>
    public string Name { get; set; } = "";

    public string Folder => folder;

    /// <summary>Whether its log is still there.</summary>
    public bool Exists => File.Exists(Path.Combine(folder, RunFiles.Log));

    /// <summary>Brings the history up to date and makes something of it.</summary>
    /// <param name="make">Called with the log's history, the status and the number of damaged lines; it must not keep the history.</param>
    public T Read<T>(Func<RunHistory, RunStatus, int, T> make)
    {
        lock (_lock)
        {
            RunStatus? unreadable = null;
            try
            {
                _log.Update();
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                unreadable = new RunStatus(RunStatus.Unreadable, error.Message);
            }

            return make(_log.History, unreadable ?? RunStatus.Of(_log.History, time.GetUtcNow(), File.GetLastWriteTimeUtc(_log.Path)),
                _log.DamagedLines);
        }
    }

    /// <summary>Brings the histories of several runs up to date and makes something of all of them.</summary>
    /// <param name="runs">Different runs.</param>
    /// <param name="make">Called with each run's history, status and number of damaged lines; it must not keep the histories.</param>
    public static T ReadAll<T>(IReadOnlyList<BoardRun> runs,
        Func<IReadOnlyList<(RunHistory History, RunStatus Status, int DamagedLines)>, T> make)
    {
        (RunHistory, RunStatus, int)[] read = new (RunHistory, RunStatus, int)[runs.Count];

        // In one order for all who ask, so that no two wait for each other.
        int[] order = [.. Enumerable.Range(0, runs.Count).OrderBy(run => runs[run].Id, StringComparer.Ordinal)];
        return ReadFrom(0);

        T ReadFrom(int place) => place == order.Length ? make(read) : runs[order[place]].Read((history, status, damaged) =>
        {
            read[order[place]] = (history, status, damaged);
            return ReadFrom(place + 1);
        });
    }

    /// <summary>The recipe as the run keeps it; empty where there is none or it cannot be read.</summary>
    public string Recipe() => RunFiles.Text(folder, RunFiles.Recipe, LargestFile);

    /// <summary>What memory was planned, as JSON; empty where it is not told.</summary>
    public string Memory() => RunFiles.Text(folder, RunFiles.Memory, LargestFile);
}
