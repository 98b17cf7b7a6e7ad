using System.Text.Json;
using System.Text.Json.Serialization;

namespace Avion.Video;

/// <summary>What <c>source.json</c> in a folder of chunks says: from what the chunks were made, how, and what came out.</summary>
public sealed record ChunkManifest
{
    /// <summary>Name of the file.</summary>
    public const string FileName = "source.json";

    /// <summary>Path of the source below the folder that was prepared.</summary>
    public required string Source { get; init; }

    public required long SourceBytes { get; init; }

    /// <summary>Last change of the source.</summary>
    public required DateTime SourceModified { get; init; }

    /// <summary>The settings in one line, as <see cref="PrepareOptions.Describe"/> writes them.</summary>
    public required string Settings { get; init; }

    /// <summary>Name of the encoding profile among the settings; empty where they name none.</summary>
    [JsonIgnore]
    public string Profile
    {
        get
        {
            const string key = "profile ";
            int start = Settings.IndexOf(key, StringComparison.Ordinal);
            return start < 0 ? string.Empty : Settings[(start + key.Length)..].Split(',')[0];
        }
    }

    public required int ChunkSeconds { get; init; }

    public required string FramesPerSecond { get; init; }

    public int Width { get; init; }

    public int Height { get; init; }

    public int Chunks { get; init; }

    public long Frames { get; init; }

    public double DurationSeconds { get; init; }

    /// <summary>Bytes of all chunks.</summary>
    public long Bytes { get; init; }

    /// <summary>What was wrong with the source where damage was accepted.</summary>
    public string? Damage { get; init; }

    /// <summary>Name of the chunk that begins at a multiple of the chunk length.</summary>
    public string NameOfChunk(int number) => ChunkName(number, ChunkSeconds);

    /// <summary>Reads the manifest of a folder; null if there is none or it is no manifest.</summary>
    public static ChunkManifest? TryRead(string folder)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(Path.Combine(folder, FileName)), ChunkManifestJson.Default.ChunkManifest);
        }
        catch (Exception exception) when (exception is IOException or JsonException)
        {
            return null;
        }
    }

    internal static string ChunkName(int number, int chunkSeconds) => $"{(long)number * chunkSeconds}.mp4";

    internal void Write(string folder) =>
        DurableFiles.Write(Path.Combine(folder, FileName), JsonSerializer.SerializeToUtf8Bytes(this, ChunkManifestJson.Default.ChunkManifest));

    /// <summary>Whether the chunks were made from this source with these settings.</summary>
    internal bool IsFor(SourceVideo source, PrepareOptions options) =>
        SourceBytes == source.Bytes && SourceModified == source.Modified && Settings == options.Describe();
}

[JsonSerializable(typeof(ChunkManifest))]
[JsonSourceGenerationOptions(
    WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
internal sealed partial class ChunkManifestJson : JsonSerializerContext;
