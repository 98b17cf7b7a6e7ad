using System.Text.Json;

namespace Avion.Data;

/// <summary>Reads captions from JSON lines: <c>{"video": "a", "start": 1.5, "end": 3, "caption": "…"}</c>, one object a line.</summary>
/// <remarks>
/// "caption" is a string or an array of strings, "weight" a number for each of them; "label" a name or a number or an array of them, the
/// same count on every line; times are numbers of seconds or strings such as "00:00:01.50", and without both the clip is the whole video.
/// Other names are ignored; one that is read may not stand twice in an object.
/// </remarks>
public static class CaptionJsonLines
{
    private const string Form = "an object such as {\"video\": \"a\", \"start\": 1.5, \"end\": 3, \"caption\": \"…\"}";

    /// <summary>Reads a file.</summary>
    /// <exception cref="DataException">The file is missing or wrong; the message has line and field.</exception>
    public static ClipTable Read(string path)
    {
        Reader? reader = null;
        AnnotationFaults faults = new(path, "line");
        JsonRow row = new(path, Form);
        using TextLines lines = new(path);
        while (true)
        {
            try
            {
                if (!lines.Read())
                {
                    break;
                }

                ReadOnlySpan<byte> line = lines.Current.Trim(" \t\r"u8);
                if (!line.IsEmpty)
                {
                    row.Read(lines.Number, line);
                    reader ??= new Reader(path, row.Labels.Count, faults);
                    reader.Add(row, lines.Number);
                }
            }
            catch (JsonException error)
            {
                faults.Refuse(
                    new DataException($"'{path}' line {lines.Number} is not JSON: {error.Message} Expected {Form}.", error), lines.Number);
            }
            catch (DataException fault)
            {
                faults.Refuse(fault, lines.Number);
            }
        }

        faults.Check();
        return reader?.Complete() ?? throw new DataException($"'{path}' is empty, expected one object a line, {Form}.");
    }

    private sealed class Reader(string path, int labelCount, AnnotationFaults faults)
    {
        private readonly ClipRows _rows = new(new ClipTable(path, labelCount), "line", faults: faults);
        private readonly LabelColumn[] _columns =
            [.. Enumerable.Range(1, labelCount).Select(i => new LabelColumn(path, labelCount == 1 ? "label" : $"label_{i}"))];

        public void Add(JsonRow row, int line)
        {
            if (row.Labels.Count != _columns.Length)
            {
                AnnotationError.Throw(path, line, $"{row.Labels.Count} labels", $"{_columns.Length} in field 'label' as on the "
                    + "lines before");
            }

            if (row.Weights.Count > 0 && row.Weights.Count != row.CaptionCount)
            {
                AnnotationError.Throw(path, line, $"{row.Weights.Count} weights", $"one in field 'weight' for each of {row.CaptionCount} "
                    + "captions");
            }

            ClipSpan span = TimeText.Span(path, line, row.Start, row.End);
            int[] labels = [.. row.Labels.Zip(_columns, (label, column) => column.Add(label, line))];
            _rows.Add(row.Video, span, line, labels, row.HasWords);
            for (int caption = 0; caption < row.CaptionCount; caption++)
            {
                _rows.AddCaption(row.Caption(caption), row.Weights.Count > 0 ? row.Weights[caption] : null);
            }
        }

        public ClipTable Complete()
        {
            for (int label = 0; label < _columns.Length && _rows.Table.Count > 0; label++)
            {
                _columns[label].Complete(_rows.Table, label);
            }

            return _rows.Complete("one object a line");
        }
    }
}
