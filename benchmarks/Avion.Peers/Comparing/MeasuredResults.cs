using System.Text.Json;
using System.Text.Json.Serialization;

namespace Avion.Peers;

/// <summary>Results of comparisons in a file, one a line: what tables are made of.</summary>
internal static class MeasuredResults
{
    private static readonly JsonSerializerOptions s_options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, IgnoreReadOnlyProperties = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, RespectRequiredConstructorParameters = true,
    };

    /// <summary>Adds a result at the end of a file.</summary>
    public static void Append(string path, ComparisonResult result) =>
        File.AppendAllText(path, JsonSerializer.Serialize(result, s_options) + "\n");

    /// <summary>Reads results, oldest first.</summary>
    /// <exception cref="PeerException">A line is none.</exception>
    public static IReadOnlyList<ComparisonResult> Read(string path) => [.. File.ReadLines(path).Select((line, index) => Parse(path, line, index))];

    private static ComparisonResult Parse(string path, string line, int index)
    {
        try
        {
            return JsonSerializer.Deserialize<ComparisonResult>(line, s_options)!;
        }
        catch (JsonException error)
        {
            throw new PeerException($"{path}, line {index + 1}: no result of a comparison, as `compare --record` writes them: {error.Message}");
        }
    }
}
