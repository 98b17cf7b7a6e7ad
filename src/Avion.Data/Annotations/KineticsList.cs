namespace Avion.Data;

/// <summary>Reads lists of whole videos with a class: <c>path label</c> or <c>path frames label</c>, separated by spaces or
/// commas.</summary>
/// <remarks>
/// The form of the lists of VideoMAE, V-JEPA and AVION for Kinetics and Something-Something. The number of frames is not believed: it is
/// counted in the file. A path may hold spaces. A video without an ending gets that of the <see cref="FileTree"/>.
/// </remarks>
public static class KineticsList
{
    private const string Form = "'path label' or 'path frames label'";

    /// <summary>Reads a list.</summary>
    /// <exception cref="DataException">The file is missing or wrong; the message has the line.</exception>
    public static ClipTable Read(string path)
    {
        ClipTable table = new(path, labelCount: 1);
        using TextLines lines = new(path);
        while (lines.Read())
        {
            ReadOnlySpan<char> row = AnnotationText.TryDecode(lines.Current, out string text)
                ? text.AsSpan().Trim()
                : AnnotationText.Decode(path, $"line {lines.Number}", "1 'path'", lines.Current);
            if (row.Length > 0)
            {
                Add(table, path, lines.Number, row);
            }
        }

        return table.Count > 0 ? table : throw new DataException($"'{path}' is empty, expected {Form} on each line.");
    }

    private static void Add(ClipTable table, string path, int line, ReadOnlySpan<char> row)
    {
        if (!TakeNumber(ref row, out int label))
        {
            AnnotationError.Throw(path, line, row.ToString(), Form);
        }

        // The number before the label is the count of frames, unless it is all that is left: then it is the video's name.
        ReadOnlySpan<char> rest = row;
        if (TakeNumber(ref rest, out _) && rest.Length > 0)
        {
            row = rest;
        }

        table.Add(row.ToString(), ClipSpan.Whole, [label]);
    }

    /// <summary>Cuts the last field off a row if it is a number and not the only field.</summary>
    private static bool TakeNumber(ref ReadOnlySpan<char> row, out int number)
    {
        number = 0;
        int separator = row.LastIndexOfAny(" ,\t");
        if (separator < 1 || !int.TryParse(row[(separator + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number))
        {
            return false;
        }

        row = row[..separator].TrimEnd(" ,\t");
        return row.Length > 0;
    }
}
