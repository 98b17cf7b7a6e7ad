namespace Avion.Cli;

/// <summary>A file of classified clips, JSON lines or CSV by its ending: whole or not at all, or line by line
/// where nobody knows the last.</summary>
internal sealed class PredictionFile : IDisposable
{
    private readonly AtomicFile? _file;
    private readonly StreamWriter _writer;
    private readonly ClassifiedClipWriter _lines;
    private readonly bool _isTable;

    /// <param name="path">The file.</param>
    /// <param name="lines">How clips are written.</param>
    /// <param name="isFollowing">Puts each clip on the disk at once.</param>
    public PredictionFile(string path, ClassifiedClipWriter lines, bool isFollowing)
    {
        (_lines, _isTable) = (lines, IsTable(path));
        _file = isFollowing ? null : new AtomicFile(path);
        _writer = new StreamWriter(_file?.Stream ?? new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read))
        {
            AutoFlush = isFollowing,
        };
        if (_isTable)
        {
            _writer.WriteLine(ClassifiedClipWriter.CsvHeader);
        }
    }

    /// <summary>Refuses names of other forms, and files that are there.</summary>
    /// <exception cref="UsageException">It is refused.</exception>
    public static void Check(string path, bool replaces)
    {
        if (!IsTable(path) && Path.GetExtension(path).ToLowerInvariant() is not ".jsonl")
        {
            throw new UsageException($"--output is '{path}', expected a file that ends in .csv or .jsonl.");
        }

        ForceOption.RequireNew(path, replaces);
        NamedPath.RequireRoom(path, "the file of --output");
    }

    /// <summary>Adds a clip.</summary>
    public void Add(ClassifiedClip clip)
    {
        foreach (string line in _isTable ? _lines.CsvLines(clip) : [_lines.JsonLine(clip)])
        {
            _writer.WriteLine(line);
        }
    }

    /// <summary>Gives the file its name.</summary>
    public void Complete()
    {
        _writer.Flush();
        _file?.Complete();
    }

    /// <inheritdoc />
    public void Dispose()
    {
        if (_file is null)
        {
            _writer.Dispose();
        }

        _file?.Dispose();
    }

    private static bool IsTable(string path) => Path.GetExtension(path).ToLowerInvariant() is ".csv";
}
