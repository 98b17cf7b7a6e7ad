namespace Avion.Training.Tests;

/// <summary>Numbers made once by running the reference system; see tests/assets/fixtures.</summary>
internal static class Fixture
{
    public static JsonElement Load(string name) =>
        JsonDocument.Parse(File.ReadAllText(Repository.Asset("fixtures", name))).RootElement;

    public static double[] Doubles(this JsonElement array) => [.. array.EnumerateArray().Select(item => item.GetDouble())];

    public static float[] Floats(this JsonElement array) => [.. array.EnumerateArray().Select(item => (float)item.GetDouble())];
}
