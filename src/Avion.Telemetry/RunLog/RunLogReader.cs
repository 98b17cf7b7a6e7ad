using System.Text.Json;

namespace Avion.Telemetry;

/// <summary>The lines of a run log as far as they are readable.</summary>
/// <param name="Entries">All whole lines in file order.</param>
/// <param name="DamagedLines">Whole lines that are not a run-log entry; they are skipped.</param>
/// <param name="EndsTorn">The last line has no end: the writer was stopped inside it, or is writing now.</param>
public sealed record RunLogContents(IReadOnlyList<RunLogEntry> Entries, int DamagedLines, bool EndsTorn)
{
    /// <summary>The entries that count: steps that a resumed run did again appear once, as done last.</summary>
    public IReadOnlyList<RunLogEntry> Effective()
    {
        List<RunLogEntry> effective = new(Entries.Count);
        foreach (RunLogEntry entry in Entries)
        {
            if (entry.Kind == RunLogKind.Resumed)
            {
                effective.RemoveAll(earlier => earlier.Step > entry.Step);
            }

            effective.Add(entry);
        }

        return effective;
    }
}

/// <summary>Reads run logs, finished, running or cut off.</summary>
public static class RunLogReader
{
    /// <exception cref="IOException">The file cannot be opened or read. Damaged contents are no error: see
    /// <see cref="RunLogContents"/>.</exception>
    public static RunLogContents Read(string path)
    {
        // A writer may hold the file open.
        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using MemoryStream memory = new();
        stream.CopyTo(memory);
        return Parse(memory.GetBuffer().AsSpan(0, (int)memory.Length));
    }

    /// <summary>Reads log text that is already in memory.</summary>
    public static RunLogContents Parse(ReadOnlySpan<byte> utf8)
    {
        List<RunLogEntry> entries = new();
        int damaged = 0;
        while (true)
        {
            int newline = utf8.IndexOf((byte)'\n');
            if (newline < 0)
            {
                return new RunLogContents(entries, damaged, EndsTorn: utf8.Length > 0);
            }

            if (TryParseLine(utf8[..newline], out RunLogEntry? entry))
            {
                entries.Add(entry);
            }
            else
            {
                damaged++;
            }

            utf8 = utf8[(newline + 1)..];
        }
    }

    private static bool TryParseLine(ReadOnlySpan<byte> line, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out RunLogEntry? entry)
    {
        entry = null;
        try
        {
            Utf8JsonReader reader = new(line);
            entry = ReadEntry(ref reader);
            return entry is not null;
        }
        catch (Exception error) when (error is JsonException or FormatException or InvalidOperationException)
        {
            return false;
        }
    }

    private static RunLogEntry? ReadEntry(ref Utf8JsonReader reader)
    {
        DateTimeOffset? time = null;
        string? kind = null;
        long step = 0;
        int epoch = 0;
        Dictionary<string, double> values = new();
        Dictionary<string, string> labels = new();
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return null;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            reader.Read();
            switch (name)
            {
                case "time": time = reader.GetDateTimeOffset(); break;
                case "kind": kind = reader.GetString(); break;
                case "step": step = reader.GetInt64(); break;
                case "epoch": epoch = reader.GetInt32(); break;
                case "values": ReadValues(ref reader, values); break;
                case "labels": ReadLabels(ref reader, labels); break;
                default: reader.Skip(); break;
            }
        }

        if (time is null || kind is null || reader.TokenType != JsonTokenType.EndObject || reader.Read())
        {
            return null;
        }

        return new RunLogEntry
        {
            Time = time.Value,
            Kind = RunLogKindNames.Parse(kind),
            Step = step,
            Epoch = epoch,
            Values = values,
            Labels = labels,
        };
    }

    private static void ReadValues(ref Utf8JsonReader reader, Dictionary<string, double> values)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            reader.Read();
            values[name] = reader.TokenType == JsonTokenType.String
                ? reader.GetString() switch
                {
                    "NaN" => double.NaN,
                    "Infinity" => double.PositiveInfinity,
                    "-Infinity" => double.NegativeInfinity,
                    _ => throw new FormatException("A value is a number, \"NaN\", \"Infinity\" or \"-Infinity\"."),
                }
                : reader.GetDouble();
        }
    }

    private static void ReadLabels(ref Utf8JsonReader reader, Dictionary<string, string> labels)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            reader.Read();
            labels[name] = reader.GetString() ?? "";
        }
    }
}
