namespace Avion.Data;

/// <summary>Reads the pickles of Ego4D narrations: a list of (video, start, end, narration or list of narrations, …).</summary>
/// <remarks>
/// The form of LaViLa's ego4d_train.pkl and of its rephraser's and narrator's files; fields after the fourth are ignored. Millions of
/// items take their text and 40 bytes each. Published clips count 30 frames a second (<see cref="SegmentSampling"/>).
/// </remarks>
public static class NarrationPickle
{
    private const string Form = "(video, start, end, narration or list of narrations)";

    /// <summary>Reads a file.</summary>
    /// <exception cref="DataException">The file is missing, is no pickle of data, or has an item of another form.</exception>
    public static ClipTable Read(string path)
    {
        ClipTable table = new(path);
        long number = 0;
        try
        {
            using PickleReader reader = new(path, new NumpyPickleWorld(), new ReadingBudget { MaximumTime = TimeSpan.MaxValue });

            // A few bytes can fetch one item, or one list of captions, again and again. Real items take over 40 bytes each.
            ReadingBudget budget = new()
            {
                MaximumItems = Math.Max(4_000_000, reader.File.Length / 8),
                MaximumBytes = Math.Max(256L << 20, 4 * reader.File.Length),
                MaximumTime = TimeSpan.MaxValue,
            };
            reader.ReadList(item => Add(table, path, number++, item, budget));
        }
        catch (FileFaultException fault)
        {
            throw new DataException(fault);
        }

        return table.Count > 0 ? table : throw new DataException($"'{path}' is an empty list, expected items {Form}.");
    }

    private static void Add(ClipTable table, string path, long number, object? item, ReadingBudget budget)
    {
        IReadOnlyList<object?>? fields = item as object?[] ?? (IReadOnlyList<object?>?)(item as List<object?>);
        if (fields is not [string video, _, _, _, ..] || Number(fields[1]) is not { } start || Number(fields[2]) is not { } end)
        {
            throw new DataException($"'{path}' item {number}: got {Describe(item)}, expected {Form}.");
        }

        // Some published segments end a rounding before they begin; they are of no length.
        table.Add(Text(path, number, "'video'", video, budget), new ClipSpan(start, Math.Max(start, end)));
        if (fields[3] is string narration)
        {
            table.AddCaption(Text(path, number, "'narration'", narration, budget));
            return;
        }

        IReadOnlyList<object?>? narrations = fields[3] as object?[] ?? (IReadOnlyList<object?>?)(fields[3] as List<object?>);
        foreach (object? each in narrations ?? throw new DataException($"'{path}' item {number}: got {Describe(fields[3])}, expected "
            + "a narration or a list of them."))
        {
            table.AddCaption(Text(path, number, "'narration'", each as string ?? throw new DataException($"'{path}' item {number}: got "
                + $"{Describe(each)}, expected a narration."), budget));
        }
    }

    private static string Text(string path, long number, string field, string text, ReadingBudget budget)
    {
        budget.TakeItems();
        budget.TakeBytes(text.Length);
        return AnnotationText.IsText(text) ? text : AnnotationText.Check(path, $"item {number}", field, text);
    }

    private static double? Number(object? value) => value switch
    {
        double number when double.IsFinite(number) => number,
        long number => number,
        _ => null,
    };

    private static string Describe(object? value) => value switch
    {
        null => "None",
        string text => $"the string '{(text.Length > 40 ? $"{text[..40]}…" : text)}'",
        object?[] tuple => $"a tuple of {tuple.Length}",
        List<object?> list => $"a list of {list.Count}",
        PickleDictionary dictionary => $"a dictionary of {dictionary.Pairs.Count}",
        PickleBytes => "bytes that are no UTF-8 text",
        NumpyArray => "an array",
        _ => FormattableString.Invariant($"{value}"),
    };
}
