using System.Security.Cryptography;

namespace Avion.Dashboard;

/// <summary>The runs below some folders. Runs that begin or go are noticed; nothing is ever written.</summary>
/// <remarks>A run is a folder with a <c>log.jsonl</c>. Requests name runs by a number that stands for the folder, never by a path. Safe to
/// call from several threads.</remarks>
internal sealed class RunCatalogue
{
    private const int DeepestLevel = 4;
    private const int MostRuns = 1000;
    private const int MostFolders = 20000;
    private static readonly TimeSpan s_rescan = TimeSpan.FromSeconds(2);

    private readonly string[] _roots;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private Dictionary<string, BoardRun> _runs = [];
    private long _scannedAt;

    /// <param name="roots">Runs, or folders that hold runs at any depth up to four.</param>
    /// <param name="time">The clock.</param>
    public RunCatalogue(IEnumerable<string> roots, TimeProvider time) =>
        (_roots, _time) = ([.. roots.Select(root => Path.TrimEndingDirectorySeparator(Path.GetFullPath(root))).Distinct()], time);

    /// <summary>The folders that are looked through.</summary>
    public IReadOnlyList<string> Roots => _roots;

    /// <summary>All runs, in the order of their names.</summary>
    public IReadOnlyList<BoardRun> Runs()
    {
        lock (_lock)
        {
            if (_scannedAt == 0 || _time.GetElapsedTime(_scannedAt) > s_rescan)
            {
                Scan();
                _scannedAt = _time.GetTimestamp();
            }

            return [.. _runs.Values.OrderBy(run => run.Name, StringComparer.Ordinal)];
        }
    }

    /// <summary>The run of an identifier; null where there is none, or none any more.</summary>
    public BoardRun? Find(string id)
    {
        lock (_lock)
        {
            return _runs.TryGetValue(id, out BoardRun? run) && run.Exists ? run
                : Runs().FirstOrDefault(other => other.Id == id && other.Exists);
        }
    }

    private void Scan()
    {
        Dictionary<string, BoardRun> found = [];
        int folders = 0;
        foreach (string root in _roots)
        {
            Scan(root, 0, found, ref folders);
        }

        RunNames.Give([.. found.Values], _roots);
        _runs = found;
    }

    private void Scan(string folder, int level, Dictionary<string, BoardRun> found, ref int folders)
    {
        if (folders++ >= MostFolders || found.Count >= MostRuns)
        {
            return;
        }

        if (File.Exists(Path.Combine(folder, RunFiles.Log)))
        {
            string id = IdOf(folder);
            found.TryAdd(id, _runs.GetValueOrDefault(id) ?? new BoardRun(id, folder, _time));
            return;
        }

        if (level == DeepestLevel)
        {
            return;
        }

        foreach (string inner in FoldersIn(folder))
        {
            Scan(inner, level + 1, found, ref folders);
        }
    }

    /// <summary>Folders that may hold runs; one that cannot be read holds none, and a link is not followed,
    /// for it may lead in a circle.</summary>
    private static string[] FoldersIn(string folder)
    {
        try
        {
            return [.. new DirectoryInfo(folder).EnumerateDirectories()
                .Where(inner => inner.LinkTarget is null && !inner.Name.StartsWith('.'))
                .Select(inner => inner.FullName).Order(StringComparer.Ordinal)];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static string IdOf(string folder) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(folder)).AsSpan(0, 6));
}
