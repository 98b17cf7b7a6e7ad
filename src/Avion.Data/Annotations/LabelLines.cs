namespace Avion.Data;

/// <summary>Names that somebody lists for classes, with the lines that they stand on.</summary>
/// <param name="Path">The file.</param>
/// <param name="Names">The names, each once.</param>
/// <param name="Lines">Line of each name; 0 where a form has no lines.</param>
/// <param name="Notes">What is passed over, as sentences.</param>
public sealed record LabelLines(string Path, IReadOnlyList<string> Names, IReadOnlyList<int> Lines, IReadOnlyList<string> Notes)
{
    /// <summary>Reads names: text as <see cref="ListedTexts"/>, where a name that a model reads as an earlier one is passed over; CSV and
    /// JSON as <see cref="ClassList.Read"/> takes them.</summary>
    /// <exception cref="DataException">The file is missing or wrong, or names nothing.</exception>
    public static LabelLines Read(string path)
    {
        if (System.IO.Path.GetExtension(path).ToLowerInvariant() is ".json" or ".csv" or ".tsv")
        {
            IReadOnlyList<string> listed = ClassList.Read(path).Names;
            return new LabelLines(path, listed, new int[listed.Count], []);
        }

        ListedTexts listing = ListedTexts.Read(path, "label", static name => name.Replace('_', ' '));
        return new LabelLines(path, listing.Texts, listing.Lines, listing.Notes);
    }

    /// <summary>Where a name stands, for messages.</summary>
    public string PlaceOf(int number) => Lines[number] > 0 ? $"'{Path}', line {Lines[number]}" : $"'{Path}', label {number}";
}
