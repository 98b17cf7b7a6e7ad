namespace Avion.Data;

/// <summary>Reads the CSV files of EPIC-KITCHENS-100 (Damen et al. 2022, arXiv:2006.13256).</summary>
/// <remarks>
/// Columns count from 0: 0 narration_id, 1 participant_id, 2 video_id, 4 start_timestamp, 5 stop_timestamp, 8 narration, 10 verb_class,
/// 12 noun_class. A video is named participant/video, such as P01/P01_11. The header is skipped.
/// </remarks>
public static class EpicKitchens
{
    private const int Columns = 13;

    /// <summary>Labels of a clip: <see cref="Verb"/>, <see cref="Noun"/>, <see cref="Action"/>.</summary>
    public const int LabelCount = 3, Verb = 0, Noun = 1, Action = 2;

    /// <summary>Whether a file is one of clips, by its first line.</summary>
    public static bool IsClips(string path) =>
        RegularFile.Exists(path)
        && RegularFile.ReadLines(path, long.MaxValue).FirstOrDefault()?.StartsWith("narration_id,participant_id", StringComparison.Ordinal) == true;

    /// <summary>Reads clips with narrations, verbs, nouns and actions; the actions are numbered among those of the file.</summary>
    /// <param name="path">EPIC_100_train.csv, EPIC_100_validation.csv, EPIC_100_retrieval_train.csv or
    /// EPIC_100_retrieval_test.csv.</param>
    /// <exception cref="DataException">The file is missing or wrong; the message has the line.</exception>
    public static ClipTable Read(string path)
    {
        ClipTable table = new(path, ["verb", "noun", "action"]);
        EpicKitchensClasses classes = EpicKitchensClasses.Read(path);
        using CsvTable csv = Open(path);
        while (csv.Read())
        {
            csv.Require(Columns);
            (int verb, int noun) = (csv.Class(10), csv.Class(12));
            _ = classes.Actions.TryFind(string.Create(CultureInfo.InvariantCulture, $"{verb}:{noun}"), out int action);
            table.Add($"{csv[1]}/{csv[2]}", TimeText.Span(path, csv.Line, csv[4], csv[5]), [verb, noun, action]);
            table.AddCaption(csv[8]);
        }

        table.NameClasses(classes.Lists);
        return table;
    }

    /// <summary>Collects the pairs of verb and noun of a file of clips.</summary>
    internal static void AddActions(string path, HashSet<(int Verb, int Noun)> pairs)
    {
        using CsvTable csv = Open(path);
        while (csv.Read())
        {
            csv.Require(Columns);
            pairs.Add((csv.Class(10), csv.Class(12)));
        }

        if (pairs.Count == 0)
        {
            throw new DataException($"'{path}' has no clips, expected one a line.");
        }
    }

    /// <summary>Reads a sentence file (EPIC_100_retrieval_train_sentence.csv or …_test_sentence.csv): narration_id, narration.</summary>
    public static (List<string> Ids, CaptionStore Sentences) ReadSentences(string path)
    {
        List<string> ids = [];
        CaptionStore sentences = new();
        using CsvTable csv = Open(path);
        while (csv.Read())
        {
            csv.Require(2);
            ids.Add(csv[0]);
            sentences.Add(csv[1]);
        }

        return (ids, sentences);
    }

    /// <summary>The narration_id of each row of a clip file, in its order.</summary>
    public static List<string> ReadNarrationIds(string path)
    {
        List<string> ids = [];
        using CsvTable csv = Open(path);
        while (csv.Read())
        {
            csv.Require(Columns);
            ids.Add(csv[0]);
        }

        return ids;
    }

    private static CsvTable Open(string path)
    {
        CsvTable csv = new(path);
        csv.ReadHeader("the header of an EPIC-KITCHENS-100 file");
        return csv;
    }
}
