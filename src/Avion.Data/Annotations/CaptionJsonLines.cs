using System.Text.Json;

namespace Avion.Data;

/// <summary>Reads captions from JSON lines: <c>{"video": "a", "start": 1.5, "end": 3, "caption": "…"}</c>, one object a line.</summary>
/// <remarks>
/// "caption" is a string or an array of strings; "label" a number or an array of numbers, the same count on every line; times are
/// numbers of seconds or strings such as "00:00:01.50", and without both the clip is the whole video. Other names are ignored.
/// </remarks>
public static class CaptionJsonLines
{
    private const string Form = "an object such as {\"video\": \"a\", \"start\": 1.5, \"end\": 3, \"caption\": \"…\"}";

    /// <summary>Reads a file.</summary>
    /// <exception cref="DataException">The file is missing or wrong; the message has the line.</exception>
    public static ClipTable Read(string path)
    {
        ClipTable? table = null;
        int line = 0;
        try
        {
            foreach (string text in File.ReadLines(path, Encoding.UTF8))
            {
                line++;
                if (!string.IsNullOrWhiteSpace(text))
                {
                    Add(ref table, path, line, text);
                }
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"Cannot read the annotations '{path}': {error.Message}", error);
        }
        catch (JsonException error)
        {
            throw new DataException($"'{path}' line {line} is not JSON: {error.Message} Expected {Form}.", error);
        }

        return table ?? throw new DataException($"'{path}' is empty, expected one object a line, {Form}.");
    }

    private static void Add(ref ClipTable? table, string path, int line, string text)
    {
        Utf8JsonReader reader = new(Encoding.UTF8.GetBytes(text));
        string? video = null;
        string start = string.Empty, end = string.Empty;
        List<string> captions = [];
        List<int> labels = [];
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            AnnotationError.Throw(path, line, text, Form);
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            reader.Read();
            switch (name)
            {
                case "video":
                    video = Scalar(ref reader, path, line, "the name of a video");
                    break;
                case "start":
                    start = Scalar(ref reader, path, line, "a start in seconds");
                    break;
                case "end":
                    end = Scalar(ref reader, path, line, "an end in seconds");
                    break;
                case "caption":
                    Each(ref reader, (ref Utf8JsonReader item) => captions.Add(
                        item.TokenType == JsonTokenType.String
                            ? item.GetString()!
                            : throw AnnotationError.Make(path, line, item.TokenType.ToString(), "a caption or an array of captions")));
                    break;
                case "label":
                    Each(ref reader, (ref Utf8JsonReader item) => labels.Add(
                        item.TokenType == JsonTokenType.Number && item.TryGetInt32(out int value)
                            ? value
                            : throw AnnotationError.Make(path, line, item.TokenType.ToString(), "a class number or an array of them")));
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        while (reader.Read())
        {
            // Nothing may follow the object: the reader throws if it does.
        }

        if (string.IsNullOrWhiteSpace(video) || captions.Count + labels.Count == 0)
        {
            AnnotationError.Throw(path, line, text, Form);
        }

        table ??= new ClipTable(path, labels.Count);
        if (labels.Count != table.LabelCount)
        {
            AnnotationError.Throw(path, line, $"{labels.Count} labels", $"{table.LabelCount} as on the lines before");
        }

        table.Add(video, TimeText.Span(path, line, start, end), [.. labels]);
        foreach (string caption in captions)
        {
            table.AddCaption(caption);
        }
    }

    private delegate void ItemReader(ref Utf8JsonReader item);

    private static void Each(ref Utf8JsonReader reader, ItemReader read)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            read(ref reader);
            return;
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            read(ref reader);
        }
    }

    private static string Scalar(ref Utf8JsonReader reader, string path, int line, string expected) => reader.TokenType switch
    {
        JsonTokenType.String => reader.GetString()!,
        JsonTokenType.Number => Encoding.UTF8.GetString(reader.ValueSpan),
        JsonTokenType.Null => string.Empty,
        _ => throw AnnotationError.Make(path, line, reader.TokenType.ToString(), expected),
    };
}
