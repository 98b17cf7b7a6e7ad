using System.Text.Json;
using System.Text.Json.Serialization;

namespace Avion.Video;

/// <summary>What <c>source.json</c> in a folder of chunks says: from what the chunks were made, how, and what came out.</summary>
public sealed record ChunkManifest
{
    /// <summary>Name of the file.</summary>
    public const string FileName = "source.json";

    /// <summary>Many times what a long video needs; a manifest of more is damaged or made to harm.</summary>
    private const int MaximumChunks = 1 << 20;
    private const int MaximumBytes = 1 << 20;

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
    public static ChunkManifest? TryRead(string folder) => TryRead(folder, out _);

    /// <summary>Reads the manifest of a folder; null if there is none or it is no manifest.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="damage">What is wrong with a manifest that says impossible things; null otherwise.</param>
    internal static ChunkManifest? TryRead(string folder, out string? damage)
    {
        damage = null;
        try
        {
            byte[] text = RegularFile.ReadAllBytes(Path.Combine(folder, FileName), MaximumBytes);
            ChunkManifest? manifest = JsonSerializer.Deserialize(text, ChunkManifestJson.Default.ChunkManifest);
            damage = manifest?.Contradiction();
            return damage is null ? manifest : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidDataException or JsonException)
        {
            return null;
        }
    }

    internal static string ChunkName(int number, int chunkSeconds) => $"{(long)number * chunkSeconds}.mp4";

    internal void Write(string folder) =>
        DurableFiles.Write(Path.Combine(folder, FileName),
            JsonSerializer.SerializeToUtf8Bytes(this, ChunkManifestJson.Default.ChunkManifest));

    /// <summary>What a manifest that anybody may have written says and cannot be; null when it can.</summary>
    internal string? Contradiction()
    {
        string? wrong = !FolderScope.IsInside(Source) ? $"names the source '{Source}', which leads out of the folder"
            : Settings is null || FramesPerSecond is null ? "lacks its settings"
            : ChunkSeconds is < 1 or > 3600 ? $"has chunks of {ChunkSeconds} s"
            : Chunks is < 0 or > MaximumChunks ? $"promises {Chunks} chunks"
            : SourceBytes < 0 || Frames < 0 || Bytes < 0 || !double.IsFinite(DurationSeconds) ? "has sizes that no file has"
            : null;
        return wrong is null ? null : $"{FileName} {wrong}; prepare the video again";
    }

    /// <summary>Whether the chunks were made from this source with these settings.</summary>
    internal bool IsFor(SourceVideo source, PrepareOptions options) =>
        SourceBytes == source.Bytes && SourceModified == source.Modified && Settings == options.Describe();
}

[JsonSerializable(typeof(ChunkManifest))]
[JsonSourceGenerationOptions(
    WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
internal sealed partial class ChunkManifestJson : JsonSerializerContext;
