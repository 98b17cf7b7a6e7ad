using System.Text.Json;
using System.Text.Json.Serialization;

namespace Avion.Video;

/// <summary>
/// Notes the files that are checked, so that a verification of days that was stopped goes on where it was. A file that changed since is
/// checked again; when the tree is done the journal is removed, so that the next verification reads everything anew. Kept in memory: one
/// number per sound file, and the problems.
/// </summary>
internal sealed class VerifyJournal : IDisposable
{
    public const string FileName = ".avion-verify.jsonl";
    private const int EntriesPerFlush = 64;
    private const string Beginning = "{\"avion_verify\":";
    private readonly HashSet<ulong> _sound = [];
    private readonly Dictionary<ulong, JournalEntry> _bad = [];
    private readonly string _path;
    private StreamWriter? _writer;
    private int _unflushed;

    /// <summary>Opens the journal of a tree and reads what an earlier run of the same kind noted.</summary>
    public VerifyJournal(string path, VerifyOptions options)
    {
        _path = path;
        string header = options.IsQuick
            ? $"{Beginning}2,\"quick\":true}}"
            : string.Create(CultureInfo.InvariantCulture,
                $"{Beginning}2,\"quick\":false,\"reads\":{options.Reads},\"seed\":{options.Seed}}}");
        FileStatus status = FileStatus.Of(path, followsLinks: false);
        if (status.Kind is not (FileKind.Missing or FileKind.File))
        {
            // Writing through a link would change a file elsewhere; a pipe would wait for a reader.
            Warning = $"Cannot write the journal '{path}' (it is no ordinary file): if this run is stopped, the next starts from the "
                + "beginning.";
            return;
        }

        if (status.Length > 0 && !IsJournal())
        {
            Warning = $"'{path}' is no journal of a verification, so that nothing is written into it: if this run is stopped, the next "
                + "starts from the beginning. Give another file with --journal.";
            return;
        }

        bool continues = Read(header);
        try
        {
            _writer = new StreamWriter(new FileStream(path, continues ? FileMode.Append : FileMode.Create, FileAccess.Write,
                FileShare.Read));
            // Where a kill cut the last line short, this ends it.
            _writer.WriteLine(continues ? string.Empty : header);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Warning = $"Cannot write the journal '{path}' ({exception.Message}): if this run is stopped, the next starts from the "
                + "beginning.";
        }
    }

    /// <summary>Why a stopped run could not go on; null when it can.</summary>
    public string? Warning { get; }

    /// <summary>What an earlier run noted of a file that did not change since.</summary>
    public bool TryFind(ulong stamp, out JournalEntry? bad) => _bad.TryGetValue(stamp, out bad) || _sound.Contains(stamp);

    /// <summary>Number that names a file in its present state.</summary>
    public static ulong StampOf(string name, long bytes, DateTime modified) => IndexFile.HashOf($"{name}\n{bytes}\n{modified.Ticks}");

    public void Add(JournalEntry entry)
    {
        if (_writer is null)
        {
            return;
        }

        _writer.WriteLine(JsonSerializer.Serialize(entry, VerifyJournalJson.Default.JournalEntry));
        if (++_unflushed >= EntriesPerFlush)
        {
            _writer.Flush();
            _unflushed = 0;
        }
    }

    /// <summary>The tree is done: the next verification starts anew.</summary>
    public void Remove()
    {
        Dispose();
        if (Warning is null)
        {
            File.Delete(_path);
        }
    }

    public void Dispose()
    {
        _writer?.Dispose();
        _writer = null;
    }

    private bool IsJournal()
    {
        using StreamReader reader = new(_path);
        char[] start = new char[Beginning.Length];
        return reader.ReadBlock(start) == start.Length && start.AsSpan().SequenceEqual(Beginning);
    }

    private bool Read(string header)
    {
        if (!File.Exists(_path))
        {
            return false;
        }

        using StreamReader reader = new(_path);
        if (reader.ReadLine() != header)
        {
            return false;
        }

        while (reader.ReadLine() is { } line)
        {
            if (TryParse(line) is not { } entry)
            {
                continue;
            }

            if (entry.Problems.Count == 0)
            {
                _sound.Add(entry.Stamp);
            }
            else
            {
                _bad[entry.Stamp] = entry;
            }
        }

        return true;
    }

    private static JournalEntry? TryParse(string line)
    {
        try
        {
            return line.Length == 0 ? null : JsonSerializer.Deserialize(line, VerifyJournalJson.Default.JournalEntry);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>One line of the journal.</summary>
internal sealed record JournalEntry(ulong Stamp, long Frames, double Seconds, IReadOnlyList<Problem> Problems);

[JsonSerializable(typeof(JournalEntry))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true)]
internal sealed partial class VerifyJournalJson : JsonSerializerContext;
