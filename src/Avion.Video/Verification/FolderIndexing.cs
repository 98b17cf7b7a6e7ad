using System.Collections.Concurrent;

namespace Avion.Video;

/// <summary>What <see cref="TreeIndexing"/> did with one folder or shard.</summary>
/// <param name="Path">The folder or shard.</param>
/// <param name="Videos">Videos indexed.</param>
/// <param name="Bad">Videos that could not be indexed.</param>
internal sealed record IndexedFolder(string Path, int Videos, IReadOnlyList<Problem> Bad);

/// <summary>Makes the index of one folder or shard from the videos themselves.</summary>
internal static class FolderIndexing
{
    /// <summary>Writes the index of all videos that are there.</summary>
    /// <param name="path">Folder or shard.</param>
    /// <param name="withChecksums">Read all bytes of each video for its checksum.</param>
    /// <param name="jobs">Videos that are read at once.</param>
    /// <param name="cancellation">Stops; the old index then stays.</param>
    public static IndexedFolder Write(string path, bool withChecksums, int jobs, CancellationToken cancellation)
    {
        using VideoFolder folder = VideoFolder.Open(path);
        Leftovers.Remove(Directory.Exists(path) ? path : Path.GetDirectoryName(path)!);
        using IndexFileWriter writer = new(IndexPathOf(path));
        IndexedFolder indexed = Add(folder, folder.Videos, writer, withChecksums, jobs, cancellation);
        writer.Complete();
        return indexed;
    }

    /// <summary>
    /// Writes the index anew after a verification. Videos that are bad or missing keep their old records: an index of their present state
    /// would hide what is wrong with them.
    /// </summary>
    public static void Repair(string path, IReadOnlySet<string> bad, int jobs, CancellationToken cancellation)
    {
        using VideoFolder folder = VideoFolder.Open(path);
        using IndexFileWriter writer = new(IndexPathOf(path));
        HashSet<string> sound = [.. folder.Videos.Where(video => !bad.Contains(folder.NameOf(video))).Select(video => video.Name)];
        try
        {
            foreach (IndexRecord record in folder.Index?.ReadAll().Where(record => !sound.Contains(record.Name)) ?? [])
            {
                writer.Add(record);
            }
        }
        catch (InvalidDataException)
        {
            // What the damaged index said of them is lost.
        }

        Add(folder, folder.Videos.Where(video => sound.Contains(video.Name)), writer, withChecksums: true, jobs, cancellation);
        writer.Complete();
    }

    /// <summary>Whether the index of a folder holds exactly its videos as they are now.</summary>
    public static bool IsCurrent(VideoFolder folder, bool withChecksums)
    {
        if (folder.Index is null || folder.Index.Count != folder.Videos.Count)
        {
            return false;
        }

        try
        {
            return folder.Videos.All(video => folder.Index.Find(video.Name) is { } record && record.IsCurrent(video.Source)
                && (record.Checksum is not null || !withChecksums));
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException)
        {
            return false;
        }
    }

    private static string IndexPathOf(string path) =>
        File.Exists(path) ? path + IndexFile.ShardSuffix : Path.Combine(path, IndexFile.NameInFolder);

    private static IndexedFolder Add(
        VideoFolder folder, IEnumerable<ShardMember> videos, IndexFileWriter writer, bool withChecksums, int jobs,
        CancellationToken cancellation)
    {
        ConcurrentBag<Problem> bad = [];
        ParallelOptions parallel = new() { MaxDegreeOfParallelism = jobs, CancellationToken = cancellation };
        Parallel.ForEach(videos, parallel, video =>
        {
            try
            {
                VideoInfo info = ContainerIndex.Read(video.Source, cancellation);
                if (Problem.OfMissingEnd(folder.NameOf(video), info, info.Index.SourceLength) is { } missingEnd)
                {
                    // A record with pictures behind the end would make the whole index unreadable.
                    bad.Add(missingEnd);
                    return;
                }

                IndexRecord record = IndexRecord.Describe(video.Name, video.Source, info.Index, withChecksums);
                lock (writer)
                {
                    writer.Add(record);
                }
            }
            catch (Exception exception) when (Problem.IsOfOneFile(exception))
            {
                bad.Add(Problem.Of(folder.NameOf(video), exception));
            }
        });
        return new IndexedFolder(folder.Path, writer.Count, [.. bad.OrderBy(problem => problem.Path, StringComparer.Ordinal)]);
    }
}
