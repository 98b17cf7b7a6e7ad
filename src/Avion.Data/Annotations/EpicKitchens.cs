namespace Avion.Data;

/// <summary>Reads the CSV files of EPIC-KITCHENS-100 (Damen et al. 2022, arXiv:2006.13256).</summary>
/// <remarks>
/// Columns count from 0: 0 narration_id, 1 participant_id, 2 video_id, 4 start_timestamp, 5 stop_timestamp, 8 narration, 10 verb_class,
/// 12 noun_class. A video is named participant/video, such as P01/P01_11. The header is skipped.
/// </remarks>
public static class EpicKitchens
{
    private const int Columns = 13;

    /// <summary>Labels of a clip read with classes: <see cref="Verb"/>, <see cref="Noun"/>, <see cref="Action"/>.</summary>
    public const int LabelCount = 3, Verb = 0, Noun = 1, Action = 2;

    /// <summary>Reads clips with narrations and, given the classes, with verb, noun and action labels.</summary>
    /// <param name="path">EPIC_100_train.csv, EPIC_100_validation.csv, EPIC_100_retrieval_train.csv or
    /// EPIC_100_retrieval_test.csv.</param>
    /// <param name="actions">Numbers of the verb-noun pairs, from <see cref="ActionClasses"/>; null leaves labels out. A pair that is
    /// not among them has the action -1.</param>
    /// <exception cref="DataException">The file is missing or wrong; the message has the line.</exception>
    public static ClipTable Read(string path, IReadOnlyDictionary<(int Verb, int Noun), int>? actions = null)
    {
        ClipTable table = new(path, actions is null ? 0 : LabelCount);
        using CsvTable csv = Open(path);
        while (csv.Read())
        {
            csv.Require(Columns);
            ClipSpan span = TimeText.Span(path, csv.Line, csv[4], csv[5]);
            string video = $"{csv[1]}/{csv[2]}";
            if (actions is null)
            {
                table.Add(video, span);
            }
            else
            {
                (int verb, int noun) = (csv.Class(10), csv.Class(12));
                table.Add(video, span, [verb, noun, actions.TryGetValue((verb, noun), out int action) ? action : -1]);
            }

            table.AddCaption(csv[8]);
        }

        return table.Count > 0 ? table : throw new DataException($"'{path}' has no clips, expected one a line.");
    }

    /// <summary>Numbers the verb-noun pairs of files as published: in ordinal order of "verb:noun" as text.</summary>
    /// <remarks>EPIC_100_train.csv and EPIC_100_validation.csv together give 3806 classes. As text "10:0" comes before "1:0".</remarks>
    public static IReadOnlyDictionary<(int Verb, int Noun), int> ActionClasses(params ReadOnlySpan<string> paths)
    {
        SortedDictionary<string, (int Verb, int Noun)> pairs = new(StringComparer.Ordinal);
        foreach (string path in paths)
        {
            using CsvTable csv = Open(path);
            while (csv.Read())
            {
                csv.Require(Columns);
                (int verb, int noun) = (csv.Class(10), csv.Class(12));
                pairs[string.Create(CultureInfo.InvariantCulture, $"{verb}:{noun}")] = (verb, noun);
            }
        }

        Dictionary<(int Verb, int Noun), int> numbers = new(pairs.Count);
        foreach ((int Verb, int Noun) pair in pairs.Values)
        {
            numbers.Add(pair, numbers.Count);
        }

        return numbers;
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
