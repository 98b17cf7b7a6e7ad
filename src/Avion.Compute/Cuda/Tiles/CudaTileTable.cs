using System.Text.Json;

namespace Avion.Compute;

/// <summary>Shapes of blocks by compute capability: this build's table, and the user's before it.</summary>
/// <remarks>A capability that is not in a table has the shapes of the next lower one. <c>avion bench tiles --write</c> writes the
/// user's.</remarks>
internal static class CudaTileTable
{
    /// <summary>The environment variable that names the user's table in place of the usual one.</summary>
    public const string Variable = "AVION_CUDA_TILES";

    private const string Resource = "CudaTiles.json";

    /// <summary>Where the user's table is, or would be.</summary>
    public static string UserPath => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } path ? path
        : Path.Combine(
            Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData, Environment.SpecialFolderOption.DoNotVerify),
            "avion", "cuda-tiles.json");

    /// <summary>Shapes for a device.</summary>
    /// <param name="computeCapability">Its digits, such as 86.</param>
    /// <exception cref="InvalidDataException">The user's table says something that cannot be.</exception>
    public static CudaTiles Of(int computeCapability)
    {
        string path = UserPath;
        return (File.Exists(path) ? Nearest(Read(File.ReadAllBytes(path), path), computeCapability) : null)
            ?? Nearest(BuiltIn(), computeCapability) ?? new CudaTiles();
    }

    /// <summary>Writes a device's shapes into a table, beside those of other devices.</summary>
    public static void Write(string path, int computeCapability, CudaTiles tiles)
    {
        SortedDictionary<int, CudaTiles> table = File.Exists(path) ? Read(File.ReadAllBytes(path), path) : [];
        table[computeCapability] = tiles;
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
        {
            Directory.CreateDirectory(folder);
        }

        string temporary = path + ".new";
        using (FileStream file = File.Create(temporary))
        using (Utf8JsonWriter json = new(file, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            foreach ((int capability, CudaTiles entry) in table)
            {
                json.WriteStartObject(string.Create(CultureInfo.InvariantCulture, $"{capability / 10}.{capability % 10}"));
                foreach (CudaTile tile in CudaTile.All)
                {
                    json.WriteNumber(tile.Name, tile.Get(entry));
                }

                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>Reads a table: shapes by the digits of the compute capability.</summary>
    /// <param name="text">JSON.</param>
    /// <param name="name">Where it comes from, for messages.</param>
    public static SortedDictionary<int, CudaTiles> Read(ReadOnlyMemory<byte> text, string name)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            SortedDictionary<int, CudaTiles> table = [];
            foreach (JsonProperty entry in document.RootElement.EnumerateObject())
            {
                CudaTiles tiles = new();
                foreach (JsonProperty value in entry.Value.EnumerateObject())
                {
                    CudaTile tile = CudaTile.All.FirstOrDefault(known => known.Name == value.Name) ?? throw new InvalidDataException(
                        $"{name}: there is no shape '{value.Name}', expected one of "
                        + $"{string.Join(", ", CudaTile.All.Select(known => known.Name))}.");
                    bool isNumber = value.Value.ValueKind == JsonValueKind.Number;
                    int number = isNumber && value.Value.TryGetInt32(out int read) && tile.Candidates.Contains(read) ? read
                        : throw new InvalidDataException($"{name}: {entry.Name}: {tile.Name} is {value.Value}, expected one of "
                            + $"{string.Join(", ", tile.Candidates)}.");
                    tiles = tile.Set(tiles, number);
                }

                table[Digits(entry.Name, name)] = tiles;
            }

            return table;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException(
                $"{name} is no table of shapes: {exception.Message} Remove it, or write it by 'avion bench tiles --write'.", exception);
        }
    }

    private static int Digits(string capability, string name) =>
        capability.Split('.') is [string major, string minor] && int.TryParse(major, NumberStyles.None, CultureInfo.InvariantCulture, out int first)
            && int.TryParse(minor, NumberStyles.None, CultureInfo.InvariantCulture, out int second) && second < 10 ? (10 * first) + second
            : throw new InvalidDataException($"{name}: '{capability}' is no compute capability, expected one such as 8.6.");

    private static CudaTiles? Nearest(SortedDictionary<int, CudaTiles> table, int computeCapability) =>
        table.LastOrDefault(entry => entry.Key <= computeCapability).Value;

    private static SortedDictionary<int, CudaTiles> BuiltIn()
    {
        using Stream stream = typeof(CudaTileTable).Assembly.GetManifestResourceStream(Resource)!;
        byte[] text = new byte[stream.Length];
        stream.ReadExactly(text);
        return Read(text, Resource);
    }
}
