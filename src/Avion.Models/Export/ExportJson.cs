using System.Text.Json;

namespace Avion.Models;

/// <summary>Files of JSON beside exported weights.</summary>
internal static class ExportJson
{
    /// <summary>One indented object, with a line end.</summary>
    /// <param name="writeProperties">Writes what stands between its braces.</param>
    public static string Text(Action<Utf8JsonWriter> writeProperties)
    {
        using MemoryStream text = new();
        using (Utf8JsonWriter json = new(text, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            writeProperties(json);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(text.ToArray()) + "\n";
    }

    /// <summary>Writes a list under a name.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="name">The name.</param>
    /// <param name="values">The list.</param>
    /// <param name="write">Writes one value.</param>
    public static void WriteArray<T>(this Utf8JsonWriter json, string name, IEnumerable<T> values, Action<T> write)
    {
        json.WriteStartArray(name);
        foreach (T value in values)
        {
            write(value);
        }

        json.WriteEndArray();
    }
}
