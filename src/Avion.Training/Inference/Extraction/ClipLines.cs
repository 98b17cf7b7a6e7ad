namespace Avion.Training;

/// <summary>Clips as JSON lines: <c>{"clip": 7, "file": "a.mp4", "start": 2, "end": 6}</c>; times are null where a whole video could not be
/// opened, <c>view</c> is there where each view has a row.</summary>
public static class ClipLines
{
    /// <summary>The file of clips that have features, and the one of those that could not be read.</summary>
    public const string FileName = "clips.jsonl", FailuresFileName = "failures.jsonl";

    private const int LongestLine = 1 << 20;

    /// <summary>Writes one line.</summary>
    /// <param name="stream">Where to.</param>
    /// <param name="row">The clip.</param>
    /// <param name="hasView">Whether the view is told.</param>
    /// <param name="more">Writes what else is told of it; null for nothing.</param>
    public static void Write(Stream stream, FeatureRow row, bool hasView = false,
        Action<Utf8JsonWriter>? more = null) => JsonLines.Write(stream, json =>
    {
        if (row.Clip >= 0)
        {
            json.WriteNumber("clip", row.Clip);
        }

        json.WriteString("file", row.File);
        WriteSpan(json, row.Span);
        if (hasView)
        {
            json.WriteNumber("view", row.View);
        }

        more?.Invoke(json);
    });

    /// <summary>Writes the times of a part of a video as they stand in a line: null for a whole video whose end is not known.</summary>
    public static void WriteSpan(Utf8JsonWriter json, in ClipSpan span)
    {
        if (span.IsWhole)
        {
            json.WriteNull("start");
            json.WriteNull("end");
            return;
        }

        json.WriteNumber("start", span.Start);
        json.WriteNumber("end", span.End);
    }

    /// <summary>Writes a clip that could not be read.</summary>
    public static void WriteFailure(Stream stream, FeatureRow row, string reason) =>
        Write(stream, row, more: json => json.WriteString("reason", reason));

    /// <summary>Reads the rows of a file back.</summary>
    /// <exception cref="FileFaultException">A line is no clip.</exception>
    public static IEnumerable<FeatureRow> Read(string path) => Read(path, static (row, _) => row);

    /// <summary>Reads the clips that could not be read back.</summary>
    /// <exception cref="FileFaultException">A line is no clip.</exception>
    public static IEnumerable<Unreadable> ReadFailures(string path) =>
        Read(path, static (row, line) => new Unreadable(row.File, row.Span, line.GetProperty("reason").GetString() ?? ""));

    private static IEnumerable<T> Read<T>(string path, Func<FeatureRow, JsonElement, T> take)
    {
        Dictionary<string, string> names = new(StringComparer.Ordinal);
        int number = 0;
        using StreamReader reader = new(RegularFile.OpenStream(path));
        while (reader.ReadLine() is { } line)
        {
            number++;
            T taken;
            try
            {
                using JsonDocument document = JsonDocument.Parse(line.Length <= LongestLine ? line : "");
                JsonElement clip = document.RootElement;
                string file = clip.GetProperty("file").GetString() ?? throw new FormatException("'file' is null");

                // Rows of one video share its name.
                file = names.TryGetValue(file, out string? known) ? known : names[file] = file;
                ClipSpan span = clip.TryGetProperty("start", out JsonElement start) && start.ValueKind != JsonValueKind.Null
                    ? new ClipSpan(start.GetDouble(), clip.GetProperty("end").GetDouble()) : ClipSpan.Whole;
                taken = take(new FeatureRow(NumberOf(clip, "clip", -1), file, span, NumberOf(clip, "view", 0)), clip);
            }
            catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
            {
                throw new FileFaultException(path, string.Create(CultureInfo.InvariantCulture,
                    $"line {number} is no clip ({error.Message.TrimEnd('.')})"), error);
            }

            yield return taken;
        }
    }

    private static int NumberOf(JsonElement clip, string name, int otherwise) =>
        clip.TryGetProperty(name, out JsonElement number) ? number.GetInt32() : otherwise;
}
