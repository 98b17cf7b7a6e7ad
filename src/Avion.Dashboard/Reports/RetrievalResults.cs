using System.Text.Json;
using System.Text.Json.Serialization;

namespace Avion.Dashboard;

/// <summary>What an evaluation found, in the form that a report shows.</summary>
/// <param name="Title">What was evaluated.</param>
/// <param name="Figures">The measured figures beside chance.</param>
/// <param name="Examples">For some captions, the clips that scored highest.</param>
public sealed record RetrievalResults(string Title, IReadOnlyList<Figure> Figures, IReadOnlyList<RetrievalExample> Examples)
{
    /// <summary>Writes the results as one JSON file; pictures are base64.</summary>
    public void Write(string path) =>
        File.WriteAllBytes(path, JsonSerializer.SerializeToUtf8Bytes(this, RetrievalResultsJson.Default.RetrievalResults));

    /// <summary>Reads results that <see cref="Write"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The file is not such a file.</exception>
    public static RetrievalResults Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), RetrievalResultsJson.Default.RetrievalResults)
                ?? throw new InvalidDataException($"Retrieval results '{path}' hold no object.");
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"Retrieval results '{path}' cannot be read: {exception.Message}", exception);
        }
    }
}

/// <summary>A figure as text, beside what chance gives; chance is empty where it has no meaning.</summary>
public sealed record Figure(string Name, string Value, string Chance = "");

/// <summary>A caption and the clips that scored highest for it, best first.</summary>
public sealed record RetrievalExample(string Caption, IReadOnlyList<RetrievedClip> Clips);

/// <summary>A clip in a ranking.</summary>
/// <param name="Caption">The clip's own caption.</param>
/// <param name="Source">Where it comes from, such as "video 12.0–13.5 s".</param>
/// <param name="Similarity">Cosine of the angle between caption and clip.</param>
/// <param name="IsRelevant">Whether it should have been found.</param>
/// <param name="Picture">A few of its frames side by side, as PNG.</param>
public sealed record RetrievedClip(string Caption, string Source, double Similarity, bool IsRelevant, byte[] Picture);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(RetrievalResults))]
internal sealed partial class RetrievalResultsJson : JsonSerializerContext;
