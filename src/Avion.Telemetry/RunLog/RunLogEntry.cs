namespace Avion.Telemetry;

/// <summary>One line of a run log.</summary>
/// <remarks>
/// File form, one JSON object per line in UTF-8:
/// <code>{"time":"2026-01-31T12:00:00.5Z","kind":"step","step":40,"epoch":1,"values":{"loss":2.25},"labels":{}}</code>
/// Every kind has the same fields, so a reader needs no knowledge of kinds. NaN and infinities are the strings
/// <c>"NaN"</c>, <c>"Infinity"</c> and <c>"-Infinity"</c>. Unknown fields are ignored. The line of kind <c>started</c> carries the value
/// <c>schema</c>, now <see cref="SchemaVersion"/>.
/// </remarks>
public sealed record RunLogEntry
{
    /// <summary>Version of the line format.</summary>
    public const int SchemaVersion = 1;

    public required DateTimeOffset Time { get; init; }

    public required RunLogKind Kind { get; init; }

    /// <summary>Optimizer steps completed when the line was written.</summary>
    public required long Step { get; init; }

    /// <summary>Epoch that the step belongs to, from 0.</summary>
    public required int Epoch { get; init; }

    public required IReadOnlyDictionary<string, double> Values { get; init; }

    public required IReadOnlyDictionary<string, string> Labels { get; init; }
}
