using System.Text.Json.Serialization;

namespace Avion.Dashboard;

/// <summary>The board's answers as JSON in snake_case.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.Never)]
[JsonSerializable(typeof(RunList))]
[JsonSerializable(typeof(RunDetail))]
[JsonSerializable(typeof(RunComparison))]
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(GalleryState))]
[JsonSerializable(typeof(GalleryMap))]
[JsonSerializable(typeof(GalleryRankings))]
[JsonSerializable(typeof(GalleryHits))]
[JsonSerializable(typeof(GalleryTimes))]
internal sealed partial class BoardJson : JsonSerializerContext;

/// <summary>The runs below the folders that the board was given.</summary>
internal sealed record RunList(IReadOnlyList<string> Roots, IReadOnlyList<RunSummary> Runs);
