using System.Text.Json;

namespace Avion.Data;

/// <summary>The classes that a label tells apart: a name for each number.</summary>
/// <remarks>
/// Numbers are places in the list. Names that come from annotations stand in ordinal order, so that any file with the same classes gives
/// the same numbers; names that come from a list keep its order.
/// </remarks>
public sealed class ClassList
{
    /// <summary>More classes than any data set has: a higher number is a mistake that would cost memory.</summary>
    public const int MostClasses = 1 << 20;

    private readonly string[] _names;
    private readonly Dictionary<string, int> _numbers;

    /// <summary>Takes names in the order of their numbers.</summary>
    /// <exception cref="DataException">There is none, one is empty, or two are the same.</exception>
    public ClassList(string label, IReadOnlyList<string> names)
        : this(label, [.. names], hasNames: true)
    {
    }

    private ClassList(string label, string[] names, bool hasNames)
    {
        (Label, _names, HasNames) = (label, names, hasNames);
        _numbers = new Dictionary<string, int>(names.Length, StringComparer.Ordinal);
        for (int number = 0; number < names.Length; number++)
        {
            if (string.IsNullOrWhiteSpace(names[number]) || !_numbers.TryAdd(names[number], number))
            {
                throw new DataException($"Class {number} of '{label}' is named '{names[number]}', expected a name of its own.");
            }
        }

        if (names.Length == 0)
        {
            throw new DataException($"'{label}' has no classes, expected at least one.");
        }
    }

    /// <summary>What the label is called: "label", or "verb", "noun" and "action".</summary>
    public string Label { get; }

    /// <summary>Classes.</summary>
    public int Count => _names.Length;

    /// <summary>Whether the names say more than the numbers.</summary>
    public bool HasNames { get; }

    /// <summary>Names in the order of their numbers.</summary>
    public IReadOnlyList<string> Names => _names;

    public string this[int number] => _names[number];

    /// <summary>Reads the number of a class; false for what is none, or beyond <see cref="MostClasses"/>.</summary>
    public static bool TryNumber(ReadOnlySpan<char> text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && IsNumber(number);

    /// <summary>As for text, of UTF-8.</summary>
    public static bool TryNumber(ReadOnlySpan<byte> utf8, out int number) =>
        int.TryParse(utf8, NumberStyles.None, CultureInfo.InvariantCulture, out number) && IsNumber(number);

    /// <summary>Whether a class may have a number.</summary>
    public static bool IsNumber(int number) => number is >= 0 and < MostClasses;

    /// <summary>What <see cref="TryNumber(ReadOnlySpan{char}, out int)"/> expects, for messages.</summary>
    internal static string ExpectedNumber { get; } = $"from 0 to {MostClasses - 1}";

    /// <summary>Classes that have no other names than their numbers.</summary>
    /// <exception cref="DataException">There are more than <see cref="MostClasses"/>, or none.</exception>
    public static ClassList Numbered(string label, int count) => count > MostClasses
        ? throw new DataException($"'{label}' has {count} classes, expected at most {MostClasses}.")
        : new(label, [.. Enumerable.Range(0, count).Select(number => number.ToString(CultureInfo.InvariantCulture))], hasNames: false);

    /// <summary>Numbers the distinct names of annotations by their ordinal order.</summary>
    public static ClassList OfNames(string label, IEnumerable<string> names) =>
        new(label, [.. new SortedSet<string>(names, StringComparer.Ordinal)], hasNames: true);

    /// <summary>Reads a list of classes.</summary>
    /// <remarks>
    /// Text: one name a line as in <see cref="ListedTexts"/>, numbered from 0. CSV with a header: a column of numbers (<c>id</c>,
    /// <c>number</c> or <c>label</c>) and one of names (<c>name</c>, <c>key</c> or <c>class</c>). JSON: an array of names,
    /// or an object of names and numbers.
    /// </remarks>
    /// <exception cref="DataException">The file is missing or wrong, or its numbers are not 0 to C - 1, each once.</exception>
    public static ClassList Read(string path, string label = "label") => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".json" => ReadJson(path, label),
        ".csv" or ".tsv" => ReadTable(path, label),
        _ => Make(path, label, ListedTexts.Read(path, "classes").Texts),
    };

    /// <summary>Writes the names, one a line, as <see cref="Read"/> takes them.</summary>
    public void Write(string path) => DurableFiles.WriteText(path, $"{string.Join('\n', _names)}\n");

    /// <summary>The number of a name; false where no class has it.</summary>
    public bool TryFind(string name, out int number) => _numbers.TryGetValue(name, out number);

    /// <summary>The class whose name is most like one that no class has, for messages.</summary>
    public string Nearest(string name) => _names.MinBy(known => Distance(known, name))!;

    private static ClassList ReadTable(string path, string label)
    {
        const string Header = "a header with a column 'id' and a column 'name'";
        using CsvTable csv = new(path);
        Dictionary<string, int> columns = csv.ReadHeader(Header);
        int number = Find("id", "number", "label"), name = Find("name", "key", "class");
        SortedDictionary<int, string> names = [];
        while (csv.Read())
        {
            if (!names.TryAdd(csv.Class(number), csv[name].Trim()))
            {
                AnnotationError.Throw(path, csv.Line, csv[number], "each number once");
            }
        }

        return InOrder(path, label, names);

        int Find(params ReadOnlySpan<string> spellings)
        {
            foreach (string spelling in spellings)
            {
                if (columns.TryGetValue(spelling, out int column))
                {
                    return column;
                }
            }

            throw AnnotationError.Make(path, 1, string.Join(',', columns.Keys), Header);
        }
    }

    private static ClassList ReadJson(string path, string label)
    {
        const int LongestList = 64 << 20;
        try
        {
            using JsonDocument document = JsonDocument.Parse(RegularFile.ReadAllBytes(path, LongestList));
            if (document.RootElement.ValueKind == JsonValueKind.Array)
            {
                return Make(path, label, [.. document.RootElement.EnumerateArray().Select(name => name.GetString() ?? "")]);
            }

            SortedDictionary<int, string> names = [];
            foreach (JsonProperty pair in document.RootElement.EnumerateObject())
            {
                bool isNumber = int.TryParse(pair.Value.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out int number);
                if (!isNumber || !names.TryAdd(number, pair.Name))
                {
                    throw new DataException($"'{path}', class '{pair.Name}': got '{pair.Value}', expected a number that no other "
                        + "class has.");
                }
            }

            return InOrder(path, label, names);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            throw new DataException($"Cannot read the classes '{path}': {error.Message} "
                + "Expected [\"name\", …] or {\"name\": 0, …}.", error);
        }
    }

    private static ClassList InOrder(string path, string label, SortedDictionary<int, string> names) =>
        names.Count == 0 || names.Keys.Last() == names.Count - 1
            ? Make(path, label, [.. names.Values])
            : throw new DataException($"'{path}' has {names.Count} classes with numbers up to {names.Keys.Last()}, expected 0 to "
                + $"{names.Count - 1}, each once.");

    private static ClassList Make(string path, string label, IReadOnlyList<string> names)
    {
        try
        {
            return new ClassList(label, names);
        }
        catch (DataException error)
        {
            throw new DataException($"'{path}': {error.Message}", error);
        }
    }

    private static int Distance(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            (int diagonal, row[0]) = (row[0], i);
            for (int j = 1; j <= b.Length; j++)
            {
                int substituted = diagonal + (char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]) ? 0 : 1);
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, substituted));
            }
        }

        return row[b.Length];
    }
}
