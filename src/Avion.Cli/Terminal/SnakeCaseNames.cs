using System.Text.Json.Serialization;

namespace Avion.Cli;

/// <summary>Kinds of problems in JSON: <c>not_video</c>, in the manner of the keys.</summary>
internal sealed class ProblemKindNames() : JsonStringEnumConverter<ProblemKind>(JsonNamingPolicy.SnakeCaseLower);

/// <summary>Planned actions in JSON.</summary>
internal sealed class PlannedActionNames() : JsonStringEnumConverter<PlannedAction>(JsonNamingPolicy.SnakeCaseLower);
