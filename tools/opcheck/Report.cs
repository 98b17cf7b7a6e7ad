using System.Text.Json;

namespace Avion.OpCheckTool;

/// <summary>Rows of results, written to standard output as a table, as CSV or as JSON.</summary>
internal sealed class Report(string format)
{
    private readonly List<string[]> _rows = [];

    /// <summary>Names of the columns, in the order of the cells.</summary>
    public string[] Columns { get; set; } = [];

    public void Add(params string[] cells) => _rows.Add(cells);

    public void Write()
    {
        switch (format)
        {
            case "csv":
                foreach (string[] row in _rows.Prepend(Columns))
                {
                    Console.WriteLine(string.Join(',', row.Select(Quote)));
                }

                break;
            case "json":
                Console.WriteLine(Json());
                break;
            default:
                int[] widths = [.. Columns.Select((column, i) => _rows.Select(row => row[i].Length).Append(column.Length).Max())];
                foreach (string[] row in _rows.Prepend(Columns))
                {
                    Console.WriteLine(string.Join("  ",
                        row.Select((cell, i) => IsNumber(row, i) ? cell.PadLeft(widths[i]) : cell.PadRight(widths[i]))).TrimEnd());
                }

                break;
        }
    }

    private bool IsNumber(string[] row, int column) =>
        column > 1 && (ReferenceEquals(row, Columns) ? _rows.Count > 0 && IsNumber(_rows[0], column) : row[column].Length == 0
            || char.IsDigit(row[column][0]));

    private static string Quote(string cell) => cell.AsSpan().ContainsAny(",\"\n") ? $"\"{cell.Replace("\"", "\"\"")}\"" : cell;

    private string Json()
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartArray();
            foreach (string[] row in _rows)
            {
                json.WriteStartObject();
                for (int i = 0; i < row.Length; i++)
                {
                    if (double.TryParse(row[i], NumberStyles.Float, CultureInfo.InvariantCulture, out double number))
                    {
                        json.WriteNumber(Columns[i], number);
                    }
                    else
                    {
                        json.WriteString(Columns[i], row[i]);
                    }
                }

                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
