using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json.Serialization;

namespace Avion.Training;

/// <summary>One file of a cache of features: vectors of parts of videos, which are named by their content, and
/// where those videos were seen.</summary>
/// <remarks>The file is that of a <see cref="FeatureSet"/>; a digest of its vectors tells damage that leaves its form whole.</remarks>
internal sealed class FeaturePack
{
    /// <summary>Ending of files of a cache.</summary>
    public const string Ending = ".safetensors";

    private const string VideosKey = "seen", FailuresKey = "failures", DigestKey = "digest", MadeOfKey = "made_of";

    /// <summary>The vectors.</summary>
    public required FeatureSet Features { get; init; }

    /// <summary>Where videos were seen.</summary>
    public required IReadOnlyList<SeenVideo> Videos { get; init; }

    /// <summary>Parts that could not be read.</summary>
    public required IReadOnlyList<FailedPart> Failures { get; init; }

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="size">Numbers of a vector.</param>
    /// <param name="madeOf">What decides the numbers, as it is in the file.</param>
    /// <exception cref="CheckpointException">It is damaged, or not what it should be.</exception>
    public static FeaturePack Read(string path, int size, string madeOf)
    {
        FeatureSet set = FeatureSet.Read(path);
        if (set.Outputs is not [{ Size: int stored }] || stored != size || TextOf(set, MadeOfKey) != madeOf)
        {
            throw new CheckpointException(path, "it holds features of something else");
        }

        if (TextOf(set, DigestKey) != DigestOf(set))
        {
            throw new CheckpointException(path, "its numbers are not those that were written");
        }

        try
        {
            return new FeaturePack
            {
                Features = set,
                Videos = JsonSerializer.Deserialize(TextOf(set, VideosKey), FeaturePackJson.Default.SeenVideoArray) ?? [],
                Failures = JsonSerializer.Deserialize(TextOf(set, FailuresKey), FeaturePackJson.Default.FailedPartArray) ?? [],
            };
        }
        catch (JsonException error)
        {
            throw new CheckpointException(path, $"it does not tell its videos ({error.Message.TrimEnd('.')})", inner: error);
        }
    }

    /// <summary>Writes a file, whole or not at all.</summary>
    public void Write(string path, string madeOf)
    {
        Features.Details[VideosKey] = JsonSerializer.Serialize([.. Videos], FeaturePackJson.Default.SeenVideoArray);
        Features.Details[FailuresKey] = JsonSerializer.Serialize([.. Failures], FeaturePackJson.Default.FailedPartArray);
        Features.Details[MadeOfKey] = madeOf;
        Features.Details[DigestKey] = DigestOf(Features);
        Features.Write(path);
    }

    private static string TextOf(FeatureSet set, string key) => set.Details.TryGetValue(key, out string? text) ? text : "";

    private static string DigestOf(FeatureSet set)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(MemoryMarshal.AsBytes(set.Values()));
        foreach (FeatureRow row in set.Rows)
        {
            hash.AppendData(MemoryMarshal.AsBytes<double>([row.Span.Start, row.Span.End]));
            hash.AppendData(Encoding.ASCII.GetBytes(row.File));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}

/// <summary>A video as it was seen: what a glance finds again, and what it is.</summary>
/// <param name="Stamp">Where it lies, how long it is and when it was changed.</param>
/// <param name="Content">Digest of its bytes.</param>
/// <param name="Bytes">How many there are.</param>
/// <param name="Start">When it begins, in seconds; null where nobody has asked.</param>
/// <param name="End">When it ends.</param>
internal sealed record SeenVideo(string Stamp, string Content, long Bytes, double? Start, double? End);

/// <summary>A part of a video that cannot be read; without times the whole.</summary>
internal sealed record FailedPart(string Content, double? Start, double? End, string Reason)
{
    public static FailedPart Of(string content, ClipSpan span, string reason) =>
        span.IsWhole ? new FailedPart(content, null, null, reason) : new FailedPart(content, span.Start, span.End, reason);

    [JsonIgnore]
    public ClipSpan Span => Start is { } start && End is { } end ? new ClipSpan(start, end) : ClipSpan.Whole;
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(SeenVideo[]))]
[JsonSerializable(typeof(FailedPart[]))]
internal sealed partial class FeaturePackJson : JsonSerializerContext;
