namespace Avion.Data;

/// <summary>Reads lists of whole videos, separated by spaces, commas or tabs: <c>path label</c>, <c>path frames label</c>, or
/// <c>path start frames</c> to pre-train on.</summary>
/// <remarks>
/// The forms of the lists of VideoMAE (1 and 2), V-JEPA and AVION for Kinetics and Something-Something. The number of frames is not
/// believed: it is counted in the file. VideoMAE 2 writes <c>path 0 -1</c> for videos to pre-train on; a list with such a line has no
/// labels. A path may hold spaces. A video without an ending gets that of the <see cref="FileTree"/>; where the path is that of a folder of
/// pictures, a video of that name is looked for.
/// </remarks>
public static class KineticsList
{
    private const string Form = "'path label' or 'path frames label'";

    /// <summary>Reads a list.</summary>
    /// <exception cref="DataException">The file is missing or wrong; the message has the line.</exception>
    public static ClipTable Read(string path)
    {
        ClipTable table = new(path, labelCount: 1);
        ClipRows rows = new(table, "line");
        bool hasLabels = true;
        using TextLines lines = new(path);
        while (true)
        {
            try
            {
                if (!lines.Read())
                {
                    break;
                }

                Add(rows, path, lines, ref hasLabels);
            }
            catch (DataException fault)
            {
                rows.Faults.Refuse(fault, lines.Number);
            }
        }

        rows.Complete($"{Form} on each line");
        return hasLabels ? table : table.WithoutLabels();
    }

    /// <summary>Whether a line looks like one of such a list: a path, then whole numbers.</summary>
    internal static bool IsLine(ReadOnlySpan<byte> line)
    {
        ReadOnlySpan<byte> row = line.Trim(" \t\r"u8);
        return TakeNumber(ref row, out int label) && label >= -1;
    }

    private static void Add(ClipRows rows, string path, TextLines lines, ref bool hasLabels)
    {
        ReadOnlySpan<byte> row = lines.Current.Trim(" \t\r"u8);
        if (!AnnotationText.IsText(lines.Current))
        {
            _ = AnnotationText.Decode(path, $"line {lines.Number}", "1 'path'", lines.Current);
        }

        if (row.IsEmpty)
        {
            return;
        }

        ReadOnlySpan<byte> whole = row;
        if (!TakeNumber(ref row, out int label))
        {
            AnnotationError.Throw(path, lines.Number, Encoding.UTF8.GetString(row), Form);
        }

        // The number before the label is the count of frames, unless it is all that is left: then it is the video's name.
        ReadOnlySpan<byte> rest = row;
        bool hasCount = TakeNumber(ref rest, out int count) && rest.Length > 0;
        if (hasCount)
        {
            row = rest;
        }

        bool isToPretrain = label == -1 && hasCount && count >= 0;
        if (!isToPretrain && !ClassList.IsNumber(label))
        {
            AnnotationError.Throw(path, lines.Number, Encoding.UTF8.GetString(whole), $"a label {ClassList.ExpectedNumber} at the end");
        }

        hasLabels &= !isToPretrain;
        rows.Add(row, ClipSpan.Whole, lines.Number, [label]);
    }

    /// <summary>Cuts the last field off a row if it is a number and not the only field.</summary>
    private static bool TakeNumber(ref ReadOnlySpan<byte> row, out int number)
    {
        number = 0;
        int separator = row.LastIndexOfAny(" ,\t"u8);
        if (separator < 1 || !int.TryParse(row[(separator + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number))
        {
            return false;
        }

        row = row[..separator].TrimEnd(" ,\t"u8);
        return row.Length > 0;
    }
}
