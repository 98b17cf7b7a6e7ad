namespace Avion.Data;

/// <summary>Reads the CSV files of EPIC-KITCHENS-100 (Damen et al. 2022, arXiv:2006.13256).</summary>
/// <remarks>
/// Columns count from 0: 0 narration_id, 1 participant_id, 2 video_id, 4 start_timestamp, 5 stop_timestamp, 8 narration, 10 verb_class,
/// 12 noun_class. A video is named participant/video, such as P01/P01_11. The clips of the challenges' test set
/// (EPIC_100_test_timestamps.csv) have no narration and no classes; their times are found by the names in the header.
/// </remarks>
public static class EpicKitchens
{
    private const int Columns = 13, TestColumns = 5, VerbColumn = 10, NounColumn = 12;

    /// <summary>Labels of a clip: <see cref="Verb"/>, <see cref="Noun"/>, <see cref="Action"/>.</summary>
    public const int LabelCount = 3, Verb = 0, Noun = 1, Action = 2;

    /// <summary>Whether a file is one of clips, by its first line.</summary>
    public static bool IsClips(string path) =>
        RegularFile.Exists(path) && AnnotationForms.FirstLine(path).StartsWith("narration_id,participant_id"u8);

    /// <summary>Reads clips with narrations, verbs, nouns and actions; the actions are numbered among those of the file.</summary>
    /// <remarks>No row is left out, for relevancy matrices know the rows by number: clips of no length and without words are kept and told,
    /// those that end before they begin are refused.</remarks>
    /// <param name="path">EPIC_100_train.csv, EPIC_100_validation.csv, EPIC_100_retrieval_train.csv or
    /// EPIC_100_retrieval_test.csv.</param>
    /// <exception cref="DataException">The file is missing or wrong; the message has line and field.</exception>
    public static ClipTable Read(string path)
    {
        if (!HasClasses(path))
        {
            return ReadUnlabelled(path);
        }

        ClipRows rows = new(new ClipTable(path, ["verb", "noun", "action"]), "line", keepsRows: true);
        Dictionary<(int Verb, int Noun), int> pairs = [];
        using CsvTable csv = Open(path);
        byte[] video = new byte[64];
        ForEach(csv, rows.Faults, Columns, () =>
        {
            (int verb, int noun) = (csv.Class(VerbColumn), csv.Class(NounColumn));
            ClipSpan span = TimeText.Span(path, csv.Line, csv.Field(4), csv.Field(5));
            pairs.TryAdd((verb, noun), pairs.Count);
            rows.Add(VideoName(csv, ref video), span, csv.Line, [verb, noun, pairs[(verb, noun)]], ClipRows.HasWords(csv.Field(8)));
            rows.AddCaption(csv.Field(8));
        });
        ClipTable table = rows.Complete("one a line");
        EpicKitchensClasses classes = new(pairs.Keys);
        table.NameLabel(Action, classes.Actions,
            [.. pairs.OrderBy(pair => pair.Value).Select(pair => classes.ActionOf(pair.Key.Verb, pair.Key.Noun))]);
        table.NameClasses(classes.Lists);
        return table;
    }

    /// <summary>Whether a file of clips has their classes, by its first line.</summary>
    internal static bool HasClasses(string path)
    {
        ReadOnlySpan<byte> header = AnnotationForms.FirstLine(path);
        return header.Count((byte)',') >= Columns - 1 || header.IndexOf("verb_class"u8) >= 0;
    }

    private static ClipTable ReadUnlabelled(string path)
    {
        ClipRows rows = new(new ClipTable(path), "line", keepsRows: true);
        using CsvTable csv = new(path);
        Dictionary<string, int> columns = csv.ReadHeader("the header of an EPIC-KITCHENS-100 file");
        if (!columns.TryGetValue("start_timestamp", out int start) || !columns.TryGetValue("stop_timestamp", out int stop))
        {
            throw AnnotationError.Make(path, 1, string.Join(',', columns.Keys), "columns 'start_timestamp' and 'stop_timestamp'");
        }

        byte[] video = new byte[64];
        ForEach(csv, rows.Faults, Math.Max(TestColumns, Math.Max(start, stop) + 1), () => rows.Add(
            VideoName(csv, ref video), TimeText.Span(path, csv.Line, csv.Field(start), csv.Field(stop)), csv.Line));
        return rows.Complete("one a line");
    }

    /// <summary>Collects the pairs of verb and noun of a file of clips.</summary>
    /// <exception cref="DataException">The file is missing or wrong; the message has line and field.</exception>
    internal static void AddActions(string path, HashSet<(int Verb, int Noun)> pairs)
    {
        AnnotationFaults faults = new(path, "line");
        using CsvTable csv = Open(path);
        ForEach(csv, faults, Columns, () => pairs.Add((csv.Class(VerbColumn), csv.Class(NounColumn))));
        faults.Check();
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
            csv.Require(TestColumns);
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

    private static void ForEach(CsvTable csv, AnnotationFaults faults, int fields, Action row)
    {
        while (true)
        {
            try
            {
                if (!csv.Read())
                {
                    return;
                }

                csv.Require(fields);
                row();
            }
            catch (DataException fault)
            {
                faults.Refuse(fault, csv.Line);
            }
        }
    }

    private static ReadOnlySpan<byte> VideoName(CsvTable csv, ref byte[] buffer)
    {
        ReadOnlySpan<byte> participant = csv.Field(1), video = csv.Field(2);
        int length = participant.Length + 1 + video.Length;
        if (participant.IsEmpty || video.IsEmpty)
        {
            AnnotationError.Throw(csv.Path, csv.Line, "", "names in the fields 2 'participant_id' and 3 'video_id'");
        }

        if (buffer.Length < length)
        {
            buffer = new byte[2 * length];
        }

        participant.CopyTo(buffer);
        buffer[participant.Length] = (byte)'/';
        video.CopyTo(buffer.AsSpan(participant.Length + 1));
        return buffer.AsSpan(0, length);
    }
}
