namespace Avion.ConformanceTool;

/// <summary>Takes lists and shapes from fixture files.</summary>
internal static class FixtureReading
{
    public static int Int(this JsonElement element, string name) => Required(element, name).GetInt32();

    public static double Double(this JsonElement element, string name) => Required(element, name).GetDouble();

    public static double[] Doubles(this JsonElement element, string name) => Required(element, name).Doubles();

    public static double[] Doubles(this JsonElement array) => [.. array.EnumerateArray().Select(item => item.GetDouble())];

    public static int[] Ints(this JsonElement array) => [.. array.EnumerateArray().Select(item => item.GetInt32())];

    public static float[] Floats(this JsonElement array) => [.. array.EnumerateArray().Select(item => (float)item.GetDouble())];

    public static JsonElement Required(this JsonElement element, string name) => element.TryGetProperty(name, out JsonElement value)
        ? value
        : throw new KeyNotFoundException($"Field '{name}' is missing.");

    /// <summary>Names and shapes of the reference's parameters.</summary>
    public static IReadOnlyDictionary<string, Shape> Shapes(this JsonElement fixture) =>
        fixture.Required("parameters").EnumerateObject().ToDictionary(item => item.Name, item => Shape.From(item.Value.Ints()));
}
