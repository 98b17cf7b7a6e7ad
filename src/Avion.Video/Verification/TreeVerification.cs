using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace Avion.Video;

/// <summary>
/// Checks every video of a tree: that it is there, whole, sound, evenly timed, what it declares, and as its index says. All cores work;
/// memory does not grow with the tree but for the list of problems and a number per file of a run that is gone on with.
/// </summary>
public sealed class TreeVerification(VerifyOptions options)
{
    private readonly Lock _gate = new();
    private readonly List<Problem> _problems = [];
    private readonly HashSet<string> _foldersToIndex = [];
    private long _files;
    private long _resumed;
    private long _badFiles;
    private long _frames;
    private double _seconds;
    private long _bytes;
    private long _found;
    private bool _allFound;

    /// <summary>Checks a tree, a video or a shard.</summary>
    /// <param name="root">Folder or file.</param>
    /// <param name="onProgress">Called from several threads after each file.</param>
    /// <param name="onWarning">Called with a sentence when a stopped run could not go on later.</param>
    /// <param name="cancellation">Stops; what was checked is in the journal.</param>
    /// <exception cref="IOException">There is no such file or folder.</exception>
    /// <exception cref="VideoException">FFmpeg's libraries are missing.</exception>
    public VerifyReport Run(
        string root, Action<VerifyProgress>? onProgress = null, Action<string>? onWarning = null, CancellationToken cancellation = default)
    {
        FFmpegLibraries.Require();
        long started = Stopwatch.GetTimestamp();
        string full = Path.GetFullPath(root);
        if (!Path.Exists(full))
        {
            throw new DirectoryNotFoundException($"There is no file or folder '{root}'.");
        }

        string journalPath =
            options.Journal ?? (Directory.Exists(full) ? Path.Combine(full, VerifyJournal.FileName) : full + VerifyJournal.FileName);
        AddMissingOf(options.ExpectedList, full);
        int indexed;
        using (VerifyJournal journal = new(journalPath, options))
        {
            if (journal.Warning is { } warning)
            {
                onWarning?.Invoke(warning);
            }

            try
            {
                CheckAll(full, journal, onProgress, cancellation);
            }
            catch (AggregateException exception)
            {
                ExceptionDispatchInfo.Throw(exception.Flatten().InnerExceptions[0]);
            }

            indexed = options.Fix ? FixIndexes(cancellation) : 0;
            journal.Remove();
        }

        _problems.Sort((a, b) => string.CompareOrdinal(a.Path, b.Path));
        return new VerifyReport(
            _files, _resumed, _badFiles, _frames, _seconds, _bytes, _problems, indexed, options.IsQuick ? 0 : options.Reads,
            options.Seed, options.IsQuick, Stopwatch.GetElapsedTime(started).TotalSeconds);
    }

    private void CheckAll(string root, VerifyJournal journal, Action<VerifyProgress>? onProgress, CancellationToken cancellation)
    {
        ParallelOptions parallel = new() { MaxDegreeOfParallelism = options.Jobs, CancellationToken = cancellation };
        // Without buffering, so that the tree is listed no faster than it is checked.
        Parallel.ForEach(
            Partitioner.Create(Videos(root, cancellation), EnumerablePartitionerOptions.NoBuffering),
            parallel,
            () => new FileCheck(options),
            (video, _, check) =>
            {
                CheckOne(video.Folder, video.Video, check, journal, cancellation);
                onProgress?.Invoke(new VerifyProgress(Interlocked.Read(ref _files), Interlocked.Read(ref _badFiles),
                    Interlocked.Read(ref _found), _allFound));
                return check;
            },
            check => check.Dispose());
    }

    private IEnumerable<(SharedFolder Folder, ShardMember Video)> Videos(string root, CancellationToken cancellation)
    {
        foreach (VideoFolder folder in VideoFolder.Find(root, cancellation))
        {
            lock (_gate)
            {
                _problems.AddRange(folder.BadEntries);
                _problems.AddRange(folder.BrokenPromises);
                _badFiles += folder.BadEntries.Count + folder.BrokenPromises.Count(problem => problem.Kind != ProblemKind.StaleIndex);
                if (folder.BrokenPromises.Any(problem => problem.Kind == ProblemKind.StaleIndex))
                {
                    _foldersToIndex.Add(folder.Path);
                }
            }

            using SharedFolder shared = new(folder);
            foreach (ShardMember video in folder.Videos)
            {
                Interlocked.Increment(ref _found);
                shared.Take();
                yield return (shared, video);
            }
        }

        _allFound = true;
    }

    private void CheckOne(SharedFolder shared, ShardMember video, FileCheck check, VerifyJournal journal, CancellationToken cancellation)
    {
        try
        {
            VideoFolder folder = shared.Folder;
            string name = folder.NameOf(video);
            FileInfo file = new(video.Source.Path);
            ulong stamp = file.Exists
                ? VerifyJournal.StampOf(name, video.Source.IsWholeFile ? file.Length : video.Source.Length, file.LastWriteTimeUtc) : 0;
            JournalEntry? earlier;
            lock (_gate)
            {
                if (journal.TryFind(stamp, out earlier))
                {
                    _resumed++;
                    Count(folder, name, new FileCheckResult([.. earlier?.Problems ?? []], earlier?.Frames ?? 0, earlier?.Seconds ?? 0,
                        file.Length));
                    return;
                }
            }

            List<Problem> ofIndex = [];
            FileCheckResult result =
                check.Check(name, video.Source, folder.RecordOf(video, ofIndex), folder.SecondsExpectedOf(video), cancellation);
            result.Problems.AddRange(ofIndex);
            lock (_gate)
            {
                Count(folder, name, result);
                journal.Add(new JournalEntry(stamp, result.Frames, result.Seconds, result.Problems));
            }
        }
        finally
        {
            shared.Dispose();
        }
    }

    private void Count(VideoFolder folder, string name, FileCheckResult result)
    {
        _files++;
        _bytes += result.Bytes;
        _problems.AddRange(result.Problems);
        if (result.Problems.Count == 0)
        {
            _frames += result.Frames;
            _seconds += result.Seconds;
        }
        else
        {
            _badFiles++;
        }

        if (result.Problems.Any(problem => problem.Kind == ProblemKind.StaleIndex))
        {
            _foldersToIndex.Add(folder.Path);
        }
    }

    private void AddMissingOf(string? list, string root)
    {
        foreach (string line in list is null ? [] : RegularFile.ReadLines(list).Select(line => line.Trim()).Where(line => line.Length > 0))
        {
            string path = Path.Combine(root, line);
            if (!File.Exists(path) && !Directory.Exists(path))
            {
                _problems.Add(new Problem(path, ProblemKind.Missing, $"'{list}' expects it"));
                _badFiles++;
            }
        }
    }

    /// <summary>Makes the stale indexes anew; their problems are then none.</summary>
    private int FixIndexes(CancellationToken cancellation)
    {
        // What is wrong with a file must not be hidden by an index of its present state.
        HashSet<string> bad = [.. _problems.Where(problem => problem.Kind != ProblemKind.StaleIndex).Select(problem => problem.Path)];
        List<Problem> notFixed = [];
        foreach (string folder in _foldersToIndex)
        {
            try
            {
                FolderIndexing.Repair(folder, bad, options.Jobs, cancellation);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                notFixed.Add(new Problem(folder, ProblemKind.StaleIndex, $"its index cannot be made anew: {exception.Message}"));
            }
        }

        _problems.RemoveAll(problem => problem.Kind == ProblemKind.StaleIndex);
        _problems.AddRange(notFixed);
        _badFiles = _problems.Select(problem => problem.Path).Distinct().LongCount();
        return _foldersToIndex.Count - notFixed.Count;
    }

    /// <summary>A folder that stays open as long as one of its videos is being checked.</summary>
    private sealed class SharedFolder(VideoFolder folder) : IDisposable
    {
        private int _users = 1;

        public VideoFolder Folder => folder;

        public void Take() => Interlocked.Increment(ref _users);

        public void Dispose()
        {
            if (Interlocked.Decrement(ref _users) == 0)
            {
                folder.Dispose();
            }
        }
    }
}
