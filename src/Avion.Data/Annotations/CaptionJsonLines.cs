using System.Text.Json;
using System.Text.Unicode;

namespace Avion.Data;

/// <summary>Reads captions from JSON lines: <c>{"video": "a", "start": 1.5, "end": 3, "caption": "…"}</c>, one object a line.</summary>
/// <remarks>
/// "caption" is a string or an array of strings; "label" a name or a number or an array of them, the same count on every line; times are
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
        List<LabelColumn> columns = [];
        using TextLines lines = new(path);
        while (lines.Read())
        {
            ReadOnlySpan<byte> line = lines.Current.Trim(" \t\r"u8);
            if (line.IsEmpty)
            {
                continue;
            }

            try
            {
                Add(ref table, columns, path, lines.Number, line);
            }
            catch (JsonException error)
            {
                throw new DataException($"'{path}' line {lines.Number} is not JSON: {error.Message} Expected {Form}.", error);
            }
        }

        for (int label = 0; label < columns.Count; label++)
        {
            columns[label].Complete(table!, label);
        }

        return table ?? throw new DataException($"'{path}' is empty, expected one object a line, {Form}.");
    }

    private static void Add(ref ClipTable? table, List<LabelColumn> columns, string path, int line, ReadOnlySpan<byte> json)
    {
        Utf8JsonReader reader = new(json);
        string? video = null;
        string start = string.Empty, end = string.Empty;
        List<string> captions = [];
        List<string> labels = [];
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            AnnotationError.Throw(path, line, Shown(json), Form);
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = Text(ref reader, path, line, "name");
            reader.Read();
            switch (name)
            {
                case "video":
                    video = Scalar(ref reader, path, line, name, "the name of a video");
                    break;
                case "start":
                    start = Scalar(ref reader, path, line, name, "a start in seconds");
                    break;
                case "end":
                    end = Scalar(ref reader, path, line, name, "an end in seconds");
                    break;
                case "caption":
                    Each(ref reader, (ref Utf8JsonReader item) => captions.Add(
                        item.TokenType == JsonTokenType.String
                            ? Text(ref item, path, line, name)
                            : throw AnnotationError.Make(path, line, item.TokenType.ToString(), "a caption or an array of captions")));
                    break;
                case "label":
                    Each(ref reader, (ref Utf8JsonReader item) => labels.Add(
                        item.TokenType is JsonTokenType.Number or JsonTokenType.String
                            ? Scalar(ref item, path, line, name, "a class").Trim()
                            : throw AnnotationError.Make(path, line, item.TokenType.ToString(), "a class by name or number, or an array of them")));
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

        if (!Utf8.IsValid(json))
        {
            AnnotationText.Decode(path, $"line {line}", "(one that is not used)", json);
        }

        if (string.IsNullOrWhiteSpace(video) || captions.Count + labels.Count == 0)
        {
            AnnotationError.Throw(path, line, Shown(json), Form);
        }

        if (table is null)
        {
            table = new ClipTable(path, labels.Count);
            columns.AddRange(table.Classes.Select(classes => new LabelColumn(path, classes.Label)));
        }

        if (labels.Count != table.LabelCount)
        {
            AnnotationError.Throw(path, line, $"{labels.Count} labels", $"{table.LabelCount} as on the lines before");
        }

        table.Add(video, TimeText.Span(path, line, start, end), [.. labels.Zip(columns, (label, column) => column.Add(label, line))]);
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

    private static string Scalar(ref Utf8JsonReader reader, string path, int line, string name, string expected) => reader.TokenType switch
    {
        JsonTokenType.String => Text(ref reader, path, line, name),
        JsonTokenType.Number => Encoding.UTF8.GetString(reader.ValueSpan),
        JsonTokenType.Null => string.Empty,
        _ => throw AnnotationError.Make(path, line, reader.TokenType.ToString(), expected),
    };

    /// <summary>A text of JSON, in which escapes may cut a character in half and bytes may be no text.</summary>
    private static string Text(ref Utf8JsonReader reader, string path, int line, string name)
    {
        string field = $"'{name}'";
        try
        {
            string text = reader.GetString()!;
            return AnnotationText.IsText(text) ? text : AnnotationText.Check(path, $"line {line}", field, text);
        }
        catch (InvalidOperationException error)
        {
            string place = $"line {line}";
            _ = AnnotationText.Decode(path, place, field, reader.ValueSpan);
            throw new DataException($"'{path}' {place}, field {field}: got half of a character in '{Shown(reader.ValueSpan)}'. The text was "
                + "cut in the middle of an emoji; write the whole character or leave it out.", error);
        }
    }

    private static string Shown(ReadOnlySpan<byte> json) => Encoding.UTF8.GetString(json);
}
