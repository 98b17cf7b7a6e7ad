namespace Avion.Data;

/// <summary>A form in which annotations come.</summary>
internal enum AnnotationForm
{
    CaptionCsv,
    CaptionJsonLines,
    EpicKitchens,
    KineticsList,
    NarrationPickle,
}

/// <summary>Knows a file by its ending, and tables by their first line.</summary>
internal static class AnnotationForms
{
    private const string Endings = ".csv, .tsv, .jsonl, .pkl or .txt";

    /// <summary>The form of a file.</summary>
    /// <exception cref="DataException">The file is missing, or its ending is none of annotations.</exception>
    public static AnnotationForm Of(string path) => ByEnding(path) switch
    {
        AnnotationForm.CaptionCsv => OfTable(path),
        { } form => form,
        null when Path.GetExtension(path).Equals(".json", StringComparison.OrdinalIgnoreCase) => throw new DataException(
            $"'{path}' ends in '.json', expected annotations in {Endings}: one object a line in '.jsonl'. The "
            + "questions of EgoMCQ belong to evaluation."),
        null => throw new DataException($"'{path}' ends in '{Path.GetExtension(path)}', expected annotations in {Endings}."),
    };

    /// <summary>The form that a file's ending tells, of tables the plainest; null where it is none of annotations.</summary>
    public static AnnotationForm? ByEnding(string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".jsonl" or ".ndjson" => AnnotationForm.CaptionJsonLines,
        ".pkl" or ".pickle" => AnnotationForm.NarrationPickle,
        ".txt" or ".list" => AnnotationForm.KineticsList,
        ".csv" or ".tsv" => AnnotationForm.CaptionCsv,
        _ => null,
    };

    /// <summary>The first line of a file that is not empty; empty where there is none.</summary>
    /// <exception cref="DataException">The file cannot be read.</exception>
    public static byte[] FirstLine(string path)
    {
        using TextLines lines = new(path);
        while (lines.Read())
        {
            if (!lines.Current.Trim(" \t\r"u8).IsEmpty)
            {
                return lines.Current.ToArray();
            }
        }

        return [];
    }

    private static AnnotationForm OfTable(string path)
    {
        byte[] line = FirstLine(path);
        return line.AsSpan().StartsWith("narration_id,participant_id"u8) ? AnnotationForm.EpicKitchens

            // VideoMAE's train.csv is a list without a header.
            : !CaptionCsv.IsHeader(line) && KineticsList.IsLine(line) ? AnnotationForm.KineticsList
            : AnnotationForm.CaptionCsv;
    }
}
