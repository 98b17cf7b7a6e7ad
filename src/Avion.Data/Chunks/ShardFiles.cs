using System.Text.Json;

namespace Avion.Data;

/// <summary>Which tar files a name means.</summary>
internal static class ShardFiles
{
    private const int MostShards = 1_000_000;
    private const string Ending = ".tar";

    // What 'avion data prepare --pack' has finished; a shard that is not listed is half of another run's work.
    private const string ListName = "shards.jsonl";

    /// <summary>Whether a path means shards: tar files by name, or a folder with tar files directly in it.</summary>
    public static bool Are(string path) => IsTar(path) || path.Contains('{', StringComparison.Ordinal)
        || (Directory.Exists(path) && Directory.EnumerateFiles(path).Any(IsTar));

    /// <summary>Full paths of the shards, in order.</summary>
    /// <exception cref="DataException">A range in braces is none.</exception>
    public static IReadOnlyList<string> Of(string shards)
    {
        if (!Directory.Exists(shards))
        {
            return [.. Expand(shards).Select(Path.GetFullPath)];
        }

        string folder = Path.GetFullPath(shards), list = Path.Combine(folder, ListName);
        HashSet<string>? finished = RegularFile.Exists(list) ? ReadList(list) : null;
        return
        [
            .. Directory.EnumerateFiles(folder).Where(file => IsTar(file) && finished?.Contains(Path.GetFileName(file)) != false)
                .Order(StringComparer.Ordinal),
        ];
    }

    /// <summary>Names that ranges in braces stand for; digits keep their width. Lists, <c>{a,b}</c>, are names too.</summary>
    /// <exception cref="DataException">Braces hold neither a range such as {000..127} nor a list.</exception>
    internal static List<string> Expand(string pattern)
    {
        int open = pattern.IndexOf('{'), close = pattern.IndexOf('}');
        if (open < 0 && close < 0)
        {
            return [pattern];
        }

        string inside = close > open && open >= 0 ? pattern[(open + 1)..close] : "";
        List<string> names = [];
        foreach (string choice in Choices(pattern, inside))
        {
            names.AddRange(Expand($"{pattern[..open]}{choice}{pattern[(close + 1)..]}"));
            if (names.Count > MostShards)
            {
                throw TooMany(pattern);
            }
        }

        return names;
    }

    private static IEnumerable<string> Choices(string pattern, string inside)
    {
        if (inside.Contains(',', StringComparison.Ordinal))
        {
            return inside.Split(',').SelectMany(part => part.Contains("..", StringComparison.Ordinal) ? Choices(pattern, part) : [part]);
        }

        string[] ends = inside.Split("..");
        if (ends.Length != 2 || !int.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out int first)
            || !int.TryParse(ends[1], NumberStyles.None, CultureInfo.InvariantCulture, out int last) || last < first)
        {
            throw new DataException($"Cannot read the shards '{pattern}': expected a range such as {{0000..0127}} or a list such as "
                + "{a,b} in braces.");
        }

        return last - first < MostShards
            ? Enumerable.Range(first, last - first + 1)
                .Select(number => number.ToString(CultureInfo.InvariantCulture).PadLeft(ends[0].Length, '0'))
            : throw TooMany(pattern);
    }

    private static DataException TooMany(string pattern) =>
        new($"Cannot read the shards '{pattern}': they are more than {MostShards:N0}.");

    private static bool IsTar(string path) => path.EndsWith(Ending, StringComparison.OrdinalIgnoreCase);

    private static HashSet<string> ReadList(string path)
    {
        HashSet<string> finished = new(StringComparer.Ordinal);
        foreach (string line in RegularFile.ReadLines(path))
        {
            try
            {
                using JsonDocument shard = JsonDocument.Parse(line);
                if (shard.RootElement.ValueKind == JsonValueKind.Object && shard.RootElement.TryGetProperty("shard", out JsonElement name)
                    && name.ValueKind == JsonValueKind.String)
                {
                    finished.Add(name.GetString()!);
                }
            }
            catch (JsonException)
            {
                // A line that a kill cut short: its shard was not finished.
            }
        }

        return finished;
    }
}
