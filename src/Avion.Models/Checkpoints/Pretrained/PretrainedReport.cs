namespace Avion.Models;

/// <summary>What became of each tensor of a file and of each parameter of the model that began with it.</summary>
public sealed record PretrainedReport
{
    /// <summary>The file.</summary>
    public required string Path { get; init; }

    /// <summary>The family of its names.</summary>
    public required WeightFamily Family { get; init; }

    /// <summary>Parameters that have the file's numbers.</summary>
    public required IReadOnlyList<string> Taken { get; init; }

    /// <summary>Parameters that have the file's numbers fitted to another number of rows, and how.</summary>
    public required IReadOnlyList<string> Resized { get; init; }

    /// <summary>Parameters that keep the model's own values, and why where the file has some for them.</summary>
    public required IReadOnlyList<string> Fresh { get; init; }

    /// <summary>Tensors of the file without a place in the model, and what is no weight.</summary>
    public required IReadOnlyList<string> Ignored { get; init; }

    /// <summary>What the user should know, as sentences.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>The report in a few lines.</summary>
    public IEnumerable<string> Lines()
    {
        yield return string.Create(CultureInfo.InvariantCulture,
            $"First weights: '{Path}' ({WeightFamilies.NameOf(Family)}): {Taken.Count} tensors taken, {Resized.Count} resized, "
            + $"{Fresh.Count} left fresh, {Ignored.Count} ignored.");
        foreach ((string what, IReadOnlyList<string> names) in new[] { ("resized", Resized), ("left fresh", Fresh), ("ignored", Ignored) })
        {
            if (names.Count > 0)
            {
                yield return $"  {what}: {NameList.Describe(names)}";
            }
        }

        foreach (string note in Notes)
        {
            yield return "  " + note;
        }
    }

    /// <summary>Writes the report as one JSON object.</summary>
    public void WriteTo(System.Text.Json.Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("path", Path);
        json.WriteString("family", WeightFamilies.NameOf(Family));
        foreach ((string what, IReadOnlyList<string> names) in new[]
            { ("taken", Taken), ("resized", Resized), ("fresh", Fresh), ("ignored", Ignored), ("notes", Notes) })
        {
            json.WriteStartArray(what);
            foreach (string name in names)
            {
                json.WriteStringValue(name);
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }
}
