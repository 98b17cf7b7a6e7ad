using System.Buffers;
using System.Text.Encodings.Web;

namespace Avion.Training;

/// <summary>Objects of JSON, one on a line, with letters of all languages as they are.</summary>
public static class JsonLines
{
    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>An object without a line feed.</summary>
    /// <param name="writeProperties">Writes what stands between its braces.</param>
    public static string Text(Action<Utf8JsonWriter> writeProperties) => Encoding.UTF8.GetString(Of(writeProperties).WrittenSpan);

    /// <summary>Writes a line.</summary>
    /// <param name="stream">Where to.</param>
    /// <param name="writeProperties">Writes what stands between its braces.</param>
    public static void Write(Stream stream, Action<Utf8JsonWriter> writeProperties)
    {
        stream.Write(Of(writeProperties).WrittenSpan);
        stream.WriteByte((byte)'\n');
    }

    private static ArrayBufferWriter<byte> Of(Action<Utf8JsonWriter> writeProperties)
    {
        ArrayBufferWriter<byte> line = new(256);
        using Utf8JsonWriter json = new(line, s_options);
        json.WriteStartObject();
        writeProperties(json);
        json.WriteEndObject();
        json.Flush();
        return line;
    }
}
