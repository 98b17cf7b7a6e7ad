using System.Text.Json.Serialization;

namespace Avion.Video;

/// <summary>A chunk in a tar shard.</summary>
/// <param name="Name">Name of the member, such as <c>P01/P01_01.mp4/15.mp4</c>.</param>
/// <param name="Source">Where its bytes lie.</param>
public sealed record ShardMember(string Name, VideoSource Source);

/// <summary>What <c>KEY.json</c> says of the chunk <c>KEY.mp4</c> in a shard.</summary>
internal sealed record SampleDescription
{
    /// <summary>Folder of the chunk tree that the chunk belongs to.</summary>
    public required string Video { get; init; }

    /// <summary>Time of the chunk's first frame in the video.</summary>
    public required double StartSeconds { get; init; }

    public required double DurationSeconds { get; init; }

    public required int Frames { get; init; }

    public required string FramesPerSecond { get; init; }

    public required int Width { get; init; }

    public required int Height { get; init; }
}

[JsonSerializable(typeof(SampleDescription))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
internal sealed partial class SampleDescriptionJson : JsonSerializerContext;
