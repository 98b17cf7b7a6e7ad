namespace Avion.Data;

/// <summary>Reads captions from CSV or TSV with a header: columns <c>video, start, end, caption</c> and, if there is one,
/// <c>label</c>, a class by its name or number.</summary>
/// <remarks>
/// Columns are found by name, in any order and case; others are ignored. Times are seconds or HH:MM:SS.ff; both empty (or no such
/// columns) mean the whole video. Rows that follow each other with the same video and times are captions of one clip.
/// </remarks>
public static class CaptionCsv
{
    private const string Header = "a header with the columns video, start, end, caption";

    /// <summary>Reads a file. Labels that are whole numbers are numbers of classes; otherwise all are names.</summary>
    /// <exception cref="DataException">The file is missing or wrong; the message has the line.</exception>
    public static ClipTable Read(string path)
    {
        using CsvTable csv = new(path);
        Dictionary<string, int> columns = csv.ReadHeader(Header);
        if (!columns.TryGetValue("video", out int video))
        {
            AnnotationError.Throw(path, 1, string.Join(',', columns.Keys), Header);
        }

        int caption = columns.GetValueOrDefault("caption", -1), label = columns.GetValueOrDefault("label", -1);
        if (caption < 0 && label < 0)
        {
            AnnotationError.Throw(path, 1, string.Join(',', columns.Keys), Header);
        }

        int start = columns.GetValueOrDefault("start", -1), end = columns.GetValueOrDefault("end", -1);
        ClipTable table = new(path, label < 0 ? 0 : 1);
        LabelColumn labels = new(path, "label");
        string lastVideo = string.Empty;
        ClipSpan lastSpan = default;
        while (csv.Read())
        {
            string name = csv[video].Trim();
            if (name.Length == 0)
            {
                AnnotationError.Throw(path, csv.Line, name, "the name of a video");
            }

            ClipSpan span = TimeText.Span(path, csv.Line, start < 0 ? string.Empty : csv[start], end < 0 ? string.Empty : csv[end]);
            if (table.Count == 0 || name != lastVideo || span != lastSpan || label >= 0)
            {
                table.Add(name, span, label < 0 ? [] : [labels.Add(csv[label].Trim(), csv.Line)]);
                (lastVideo, lastSpan) = (name, span);
            }

            if (caption >= 0)
            {
                table.AddCaption(csv[caption]);
            }
        }

        if (label >= 0 && table.Count > 0)
        {
            labels.Complete(table, 0);
        }

        return table.Count > 0 ? table : throw new DataException($"'{path}' has a header and no clips, expected one clip a line.");
    }
}
