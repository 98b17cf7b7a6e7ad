using System.Text.Json;
using System.Text.Json.Serialization;

namespace Avion.Training;

/// <summary>The classes of a run, which its checkpoints carry along: numbers mean nothing without them.</summary>
/// <remarks>JSON: an object with the names of each label in the order of their numbers, <c>{"label": ["cut", "pour"]}</c>.</remarks>
internal static class ClassFile
{
    /// <summary>Its name in a run and in a checkpoint.</summary>
    public const string FileName = "classes.json";

    /// <summary>Writes the classes; the file is on the disk on return.</summary>
    public static void Write(string path, IReadOnlyList<ClassList> classes)
    {
        Dictionary<string, string[]> names = classes.ToDictionary(list => list.Label, list => list.Names.ToArray());
        DurableFiles.WriteText(path, JsonSerializer.Serialize(names, ClassFileJson.Default.DictionaryStringStringArray));
    }

    /// <summary>Reads them back.</summary>
    /// <exception cref="RunException">The file is not as it was written.</exception>
    public static IReadOnlyList<ClassList> Read(string path)
    {
        try
        {
            Dictionary<string, string[]>? names = JsonSerializer.Deserialize(
                File.ReadAllText(path), ClassFileJson.Default.DictionaryStringStringArray);
            return names is { Count: > 0 }
                ? [.. names.Select(label => new ClassList(label.Key, label.Value))]
                : throw new RunException($"'{path}' names no classes.");
        }
        catch (Exception error) when (error is JsonException or DataException or IOException or UnauthorizedAccessException)
        {
            throw new RunException($"Cannot read the classes of a run from '{path}': {error.Message}", error);
        }
    }
}

[JsonSourceGenerationOptions(WriteIndented = true)]
[JsonSerializable(typeof(Dictionary<string, string[]>))]
internal sealed partial class ClassFileJson : JsonSerializerContext;
