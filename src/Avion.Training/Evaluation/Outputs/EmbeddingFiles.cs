using System.Runtime.InteropServices;

namespace Avion.Training;

/// <summary>Embeddings with the names of their rows.</summary>
internal static class EmbeddingFiles
{
    /// <summary>One tensor a table, float32; the metadata has each table's names as a JSON array under <c>names.TABLE</c>.</summary>
    public static void WriteSafetensors(string path, IReadOnlyList<OutputTable> tables)
    {
        TensorEntry[] entries =
            [.. tables.Select(table => new TensorEntry(table.Name, ElementType.Float32, [table.RowNames.Count, table.ColumnCount]))];
        Dictionary<string, string> metadata = tables.ToDictionary(table => $"names.{table.Name}", NamesOf);
        using SafetensorsWriter writer = new(path, entries, metadata);
        for (int i = 0; i < entries.Length; i++)
        {
            // In parts, because a span of bytes has at most 2^31 - 1.
            int rows = Math.Max(1, (1 << 26) / Math.Max(1, tables[i].ColumnCount)), columns = tables[i].ColumnCount;
            for (int first = 0; first < tables[i].RowNames.Count; first += rows)
            {
                int count = Math.Min(rows, tables[i].RowNames.Count - first);
                writer.Write(entries[i], MemoryMarshal.AsBytes(tables[i].Values.AsSpan(first * columns, count * columns)));
            }
        }

        writer.Complete();
    }

    /// <summary>NAME.npy for a single table, else NAME.TABLE.npy for each; beside it NAME….txt with the name
    /// of each row on a line.</summary>
    /// <returns>The files.</returns>
    public static IReadOnlyList<string> WriteNumpy(string path, IReadOnlyList<OutputTable> tables)
    {
        List<string> files = [];
        foreach (OutputTable table in tables)
        {
            string array = tables.Count == 1 ? path : Path.ChangeExtension(path, $".{table.Name}.npy"),
                names = Path.ChangeExtension(array, ".txt");
            NumpyFile.Write(array, table.Values, table.RowNames.Count, table.ColumnCount);
            DurableFiles.WriteText(names, string.Concat(table.RowNames.Select(name => name.ReplaceLineEndings(" ") + "\n")));
            files.AddRange([array, names]);
        }

        return files;
    }

    private static string NamesOf(OutputTable table)
    {
        using MemoryStream text = new();
        using (Utf8JsonWriter json = new(text))
        {
            json.WriteStartArray();
            foreach (string name in table.RowNames)
            {
                json.WriteStringValue(name);
            }

            json.WriteEndArray();
        }

        return Encoding.UTF8.GetString(text.ToArray());
    }
}
