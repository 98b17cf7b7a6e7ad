namespace Avion.Training;

/// <summary>The best columns of each row of every table of scores, as JSON.</summary>
/// <remarks>
/// {"tables": [{"name": "verb", "rows": [{"clip": "P01_11_0", "truth": "take", "top": [{"name": "take", "column": 0, "score": 3.2},
/// …]}]}]}; where relevancies are known, each entry has its own in place of the truth.
/// </remarks>
internal static class PredictionsFile
{
    public static void Write(string path, IReadOnlyList<OutputTable> tables, int top)
    {
        using AtomicFile file = new(path);
        using (Utf8JsonWriter json = new(file.Stream, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteStartArray("tables");
            foreach (OutputTable table in tables)
            {
                WriteTable(json, table, top);
                json.Flush();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        file.Complete();
    }

    private static void WriteTable(Utf8JsonWriter json, OutputTable table, int top)
    {
        json.WriteStartObject();
        json.WriteString("name", table.Name);
        json.WriteNumber("columns", table.ColumnCount);
        json.WriteStartArray("rows");
        Ranking ranking = new(table.ColumnCount);
        for (int row = 0; row < table.RowNames.Count; row++)
        {
            json.WriteStartObject();
            json.WriteString("clip", table.RowNames[row]);
            if (table.Truth is { } truth && truth[row] >= 0)
            {
                json.WriteString("truth", table.ColumnName(truth[row]));
            }

            json.WriteStartArray("top");
            ReadOnlySpan<int> order = ranking.Sort(table.Row(row));
            foreach (int column in order[..Math.Min(top, order.Length)])
            {
                json.WriteStartObject();
                json.WriteString("name", table.ColumnName(column));
                if (table.ColumnTexts is { } texts)
                {
                    json.WriteString("text", texts[column]);
                }

                json.WriteNumber("column", column);
                json.WriteNumber("score", table.Row(row)[column]);
                if (table.Relevancies is { } relevancies)
                {
                    json.WriteNumber("relevancy", relevancies[((long)row * table.ColumnCount) + column]);
                }

                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
