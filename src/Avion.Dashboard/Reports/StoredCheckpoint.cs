namespace Avion.Dashboard;

/// <summary>A checkpoint that a run saved.</summary>
/// <param name="Saved">What the log tells of it.</param>
/// <param name="IsKept">Whether its folder is still there.</param>
internal sealed record StoredCheckpoint(RunCheckpoint Saved, bool IsKept)
{
    private const string Folder = "checkpoints";

    /// <summary>Of checkpoints that were saved again the last one counts.</summary>
    public static IReadOnlyList<StoredCheckpoint> Of(string runFolder, RunHistory history) =>
    [
        .. history.Of(RunLogKind.Checkpoint).Select(RunCheckpoint.Of).Reverse().DistinctBy(saved => saved.Folder).Reverse()
            .Select(saved => new StoredCheckpoint(saved,
                IsName(saved.Folder) && Directory.Exists(Path.Combine(runFolder, Folder, saved.Folder)))),
    ];

    /// <summary>A damaged log may name anything; a checkpoint lies in the run.</summary>
    private static bool IsName(string folder) => folder.Length > 0 && folder == Path.GetFileName(folder) && folder is not "." and not "..";
}
