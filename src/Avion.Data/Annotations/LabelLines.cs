namespace Avion.Data;

/// <summary>Names that somebody lists for classes, with the lines that they stand on.</summary>
/// <param name="Path">The file.</param>
/// <param name="Names">The names, each once.</param>
/// <param name="Lines">Line of each name; 0 where a form has no lines.</param>
/// <param name="Notes">What is passed over, as sentences.</param>
public sealed record LabelLines(string Path, IReadOnlyList<string> Names, IReadOnlyList<int> Lines, IReadOnlyList<string> Notes)
{
    /// <summary>Reads names: text with one a line, of which empty ones and those that a model reads as an earlier one are passed over; CSV and
    /// JSON as <see cref="ClassList.Read"/> takes them.</summary>
    /// <exception cref="DataException">The file is missing or wrong, or names nothing.</exception>
    public static LabelLines Read(string path)
    {
        if (System.IO.Path.GetExtension(path).ToLowerInvariant() is ".json" or ".csv" or ".tsv")
        {
            IReadOnlyList<string> listed = ClassList.Read(path).Names;
            return new LabelLines(path, listed, new int[listed.Count], []);
        }

        List<string> names = [], notes = [];
        List<int> lines = [], empty = [];
        Dictionary<string, int> seen = new(StringComparer.OrdinalIgnoreCase);
        using TextLines text = new(path);
        while (text.Read())
        {
            string name = AnnotationText.Decode(path, $"line {text.Number}", "a label", text.Current).Trim();
            if (name.Length == 0)
            {
                empty.Add((int)text.Number);
            }
            else if (!seen.TryAdd(name.Replace('_', ' '), (int)text.Number))
            {
                notes.Add($"'{path}', line {text.Number}: '{name}' stands on line {seen[name.Replace('_', ' ')]} already; passed over.");
            }
            else
            {
                names.Add(name);
                lines.Add((int)text.Number);
            }
        }

        if (empty.Count > 0)
        {
            const int listed = 5;
            notes.Add($"'{path}': {(empty.Count == 1 ? "line" : "lines")} {string.Join(", ", empty.Take(listed))}{(empty.Count > listed ? " …" : "")} "
                + $"{(empty.Count == 1 ? "is" : "are")} empty; passed over.");
        }

        return names.Count > 0 ? new LabelLines(path, names, lines, notes)
            : throw new DataException($"'{path}' has no label, expected one on each line.");
    }

    /// <summary>Where a name stands, for messages.</summary>
    public string PlaceOf(int number) => Lines[number] > 0 ? $"'{Path}', line {Lines[number]}" : $"'{Path}', label {number}";
}
