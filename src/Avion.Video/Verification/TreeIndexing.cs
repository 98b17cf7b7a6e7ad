namespace Avion.Video;

/// <summary>What <see cref="TreeIndexing"/> did.</summary>
/// <param name="Folders">Folders and shards with videos.</param>
/// <param name="Written">Indexes written.</param>
/// <param name="UpToDate">Indexes that were current.</param>
/// <param name="Videos">Videos in the written indexes.</param>
/// <param name="Bad">Videos that could not be indexed.</param>
/// <param name="ElapsedSeconds">Wall time.</param>
public sealed record IndexReport(int Folders, int Written, int UpToDate, long Videos, IReadOnlyList<Problem> Bad, double ElapsedSeconds);

/// <summary>
/// Adds indexes to a tree of videos that others made: one file per folder or shard. Folders whose index is current are left alone, so that
/// a stopped run goes on where it was.
/// </summary>
public static class TreeIndexing
{
    /// <summary>Indexes a tree.</summary>
    /// <param name="root">Folder, or tar shard.</param>
    /// <param name="withChecksums">Also read all bytes, so that a full verification can notice changed ones.</param>
    /// <param name="isForced">Make all indexes anew.</param>
    /// <param name="jobs">Videos that are read at once.</param>
    /// <param name="onFolder">Called with the number of folders and videos done.</param>
    /// <param name="cancellation">Stops between two videos.</param>
    /// <exception cref="IOException">There is no such folder, or it cannot be written.</exception>
    public static IndexReport Run(
        string root, bool withChecksums, bool isForced, int jobs, Action<int, long>? onFolder = null,
        CancellationToken cancellation = default)
    {
        FFmpegLibraries.Require();
        long started = Stopwatch.GetTimestamp();
        int folders = 0;
        int written = 0;
        long videos = 0;
        List<Problem> bad = [];
        foreach (VideoFolder folder in VideoFolder.Find(Path.GetFullPath(root), cancellation))
        {
            using (folder)
            {
                cancellation.ThrowIfCancellationRequested();
                bad.AddRange(folder.BadEntries);
                // An index of what can be read of a damaged shard would hide the damage from the next look.
                if (folder.Videos.Count == 0 || (File.Exists(folder.Path) && folder.BadEntries.Count > 0))
                {
                    continue;
                }

                folders++;
                if (isForced || !FolderIndexing.IsCurrent(folder, withChecksums))
                {
                    try
                    {
                        IndexedFolder indexed = FolderIndexing.Write(folder.Path, withChecksums, jobs, cancellation);
                        written++;
                        videos += indexed.Videos;
                        bad.AddRange(indexed.Bad);
                    }
                    catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
                    {
                        bad.Add(Problem.Of(folder.Path, exception) with { Detail = $"its index cannot be written: {exception.Message}" });
                    }
                }

                onFolder?.Invoke(folders, videos);
            }
        }

        return new IndexReport(folders, written, folders - written, videos, bad, Stopwatch.GetElapsedTime(started).TotalSeconds);
    }
}
