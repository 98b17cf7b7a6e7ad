namespace Avion.Cli;

/// <summary>What a command writes under <see cref="JsonOption"/>: one indented object on standard output.</summary>
internal static class JsonOutput
{
    /// <summary>Writes the object.</summary>
    /// <param name="writeProperties">Writes what stands between its braces.</param>
    public static void Write(Action<Utf8JsonWriter> writeProperties)
    {
        using MemoryStream text = new();
        using (Utf8JsonWriter json = new(text, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            writeProperties(json);
            json.WriteEndObject();
        }

        Console.Out.WriteLine(Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length));
    }

    /// <summary>Writes a property that is an array of texts.</summary>
    public static void WriteTexts(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (string text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }
}
