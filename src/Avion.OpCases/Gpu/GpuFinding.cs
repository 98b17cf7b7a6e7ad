using System.Text.Json;
using System.Text.Json.Serialization;

namespace Avion.OpCases;

/// <summary>What one look at a GPU found.</summary>
/// <param name="Part">Of what.</param>
/// <param name="Name">What was looked at, such as a kernel or an operation.</param>
/// <param name="Failure">What is wrong: where, got and expected; null when all is well.</param>
/// <param name="Detail">At which size, or how exact.</param>
/// <param name="Figures">Measured numbers by their names, which hold the units.</param>
public sealed record GpuFinding(
    GpuCheckPart Part, string Name, string? Failure, string Detail, IReadOnlyDictionary<string, double> Figures)
{
    /// <summary>All is well, or was measured.</summary>
    public static GpuFinding Good(GpuCheckPart part, string name, string detail, params ReadOnlySpan<(string Name, double Value)> figures)
    {
        Dictionary<string, double> values = [];
        foreach ((string figure, double value) in figures)
        {
            values[figure] = value;
        }

        return new GpuFinding(part, name, null, detail, values);
    }

    /// <summary>Something is wrong.</summary>
    public static GpuFinding Bad(GpuCheckPart part, string name, string failure) =>
        new(part, name, failure, "", new Dictionary<string, double>());

    /// <summary>A figure; not a number where it was not measured.</summary>
    public double Figure(string name) => Figures.TryGetValue(name, out double value) ? value : double.NaN;

    /// <summary>One line of JSON.</summary>
    public string ToLine() => JsonSerializer.Serialize(this, GpuFindingJson.Default.GpuFinding);

    /// <summary>Reads what <see cref="ToLine"/> wrote; null where a line is something else.</summary>
    public static GpuFinding? FromLine(string line)
    {
        try
        {
            return line.StartsWith('{') ? JsonSerializer.Deserialize(line, GpuFindingJson.Default.GpuFinding) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true)]
[JsonSerializable(typeof(GpuFinding))]
internal sealed partial class GpuFindingJson : JsonSerializerContext;
