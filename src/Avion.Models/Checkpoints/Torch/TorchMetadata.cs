using System.Text.Json;

namespace Avion.Models;

/// <summary>Texts beside the tensors of a PyTorch file: a member of the zip file, which <c>torch.load</c> passes over.</summary>
/// <remarks>State dictionaries have no place for them: a key that is no parameter breaks the strict loading of most programs.</remarks>
internal static class TorchMetadata
{
    /// <summary>The member's name below the root.</summary>
    public const string Member = "avion.json";

    public static byte[] ToJson(IReadOnlyDictionary<string, string> texts)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream))
        {
            json.WriteStartObject();
            foreach ((string key, string text) in texts)
            {
                json.WriteString(key, text);
            }

            json.WriteEndObject();
        }

        return stream.ToArray();
    }

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="FileFaultException">It is something else.</exception>
    public static void ReadInto(Dictionary<string, string> texts, Stream json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 2 });
            foreach (JsonProperty property in document.RootElement.EnumerateObject())
            {
                texts[property.Name] = property.Value.GetString() ?? "";
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new FileFaultException($"its member '{Member}' is no JSON object of texts ({exception.Message.TrimEnd('.')})");
        }
    }
}
