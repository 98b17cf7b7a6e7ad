namespace Avion.Data;

/// <summary>Reads the pickles of Ego4D narrations: a list of (video, start, end, narration or list of narrations, …).</summary>
/// <remarks>
/// The form of LaViLa's ego4d_train.pkl and of its rephraser's and narrator's files. The narrator's have a fifth field: how unlikely each
/// narration is (the negative logarithm of its likelihood, NLL); training draws uniformly, as published, or by weights exp(-NLL).
/// Items stand for "item 0", "item 1", … in messages. Published clips count 30 frames a second (<see cref="SegmentSampling"/>).
/// </remarks>
public static class NarrationPickle
{
    private const string Form = "(video, start, end, narration or list of narrations)";

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="weighsCaptions">Weighs the narrations of a clip by their likelihood.</param>
    /// <exception cref="DataException">The file is missing, is no pickle of data, or has items of another form.</exception>
    public static ClipTable Read(string path, bool weighsCaptions = false)
    {
        try
        {
            return ReadRows(path, weighsCaptions) ?? ReadItems(path, weighsCaptions);
        }
        catch (FileFaultException fault)
        {
            throw new DataException(fault);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"Cannot read '{path}': {error.Message}", error);
        }
    }

    /// <summary>Reads what Python writes of such lists in one go; null for anything else, and for every fault.</summary>
    internal static ClipTable? ReadRows(string path, bool weighsCaptions)
    {
        ClipRows rows = new(new ClipTable(path), "item");
        using PickleRowReader reader = new(path);
        long number = 0, bytes = 0, most = MostBytes(reader.FileBytes);
        bool isRead = reader.TryRead(row =>
        {
            try
            {
                return TakeRow(rows, number++, row, weighsCaptions, ref bytes) && bytes <= most;
            }
            catch (DataException)
            {
                return false;
            }
        });
        return isRead && number > 0 ? rows.Complete(Form) : null;
    }

    /// <summary>Reads any pickle of a list, and says what is wrong with it.</summary>
    internal static ClipTable ReadItems(string path, bool weighsCaptions)
    {
        ClipRows rows = new(new ClipTable(path), "item");
        long number = 0;
        using PickleReader reader = new(path, new NumpyPickleWorld(), new ReadingBudget { MaximumTime = TimeSpan.MaxValue });

        // A few bytes can fetch one item, or one list of captions, again and again. Real items take over 40 bytes each.
        ReadingBudget budget = new()
        {
            MaximumItems = Math.Max(4_000_000, reader.File.Length / 8),
            MaximumBytes = MostBytes(reader.File.Length),
            MaximumTime = TimeSpan.MaxValue,
        };
        try
        {
            reader.ReadList(item =>
            {
                try
                {
                    TakeItem(rows, number, item, weighsCaptions, budget);
                }
                catch (DataException fault)
                {
                    rows.Faults.Refuse(fault, number);
                }

                number++;
            });
        }
        catch (FileFaultException)
        {
            // What is wrong with an earlier item comes first.
            rows.Faults.Check();
            throw;
        }

        rows.Faults.Check();
        return number > 0 ? rows.Complete($"items {Form}") : throw new DataException($"'{path}' is an empty list, expected items {Form}.");
    }

    private static long MostBytes(long fileBytes) => Math.Max(256L << 20, 4 * fileBytes);

    private static bool TakeRow(ClipRows rows, long number, PickleRow row, bool weighs, ref long bytes)
    {
        if (row.Count < 4 || row.Kind(0) != PickleFieldKind.Text || row.Kind(1) != PickleFieldKind.Number
            || row.Kind(2) != PickleFieldKind.Number)
        {
            return false;
        }

        ReadOnlySpan<byte> video = row.Text(0);
        ClipSpan span = new(row.Number(1), row.Number(2));
        if (!AnnotationText.IsText(video) || !double.IsFinite(span.Start))
        {
            return false;
        }

        bytes += video.Length;
        if (row.Kind(3) == PickleFieldKind.Text)
        {
            ReadOnlySpan<byte> narration = row.Text(3);
            bytes += narration.Length;
            rows.Add(video, span, number, hasWords: ClipRows.HasWords(narration));
            rows.AddCaption(narration);
            return AnnotationText.IsText(narration);
        }

        if (row.Kind(3) != PickleFieldKind.Sequence)
        {
            return false;
        }

        PickleRow narrations = row.Items(3), unlikelihoods = weighs && row.Count > 4 && row.Kind(4) == PickleFieldKind.Sequence
            ? row.Items(4)
            : default;
        bool hasWords = false;
        double least = double.MaxValue;
        for (int i = 0; i < narrations.Count; i++)
        {
            if (narrations.Kind(i) != PickleFieldKind.Text || !AnnotationText.IsText(narrations.Text(i)))
            {
                return false;
            }

            hasWords |= ClipRows.HasWords(narrations.Text(i));
            bytes += narrations.Text(i).Length;
        }

        bool isWeighed = weighs && row.Count > 4;
        if (isWeighed && unlikelihoods.Count != narrations.Count)
        {
            return false;
        }

        for (int i = 0; isWeighed && i < narrations.Count; i++)
        {
            if (unlikelihoods.Kind(i) != PickleFieldKind.Number || !double.IsFinite(unlikelihoods.Number(i)))
            {
                return false;
            }

            least = Math.Min(least, unlikelihoods.Number(i));
        }

        rows.Add(video, span, number, hasWords: hasWords);
        for (int i = 0; i < narrations.Count; i++)
        {
            rows.AddCaption(narrations.Text(i), isWeighed ? Weight(unlikelihoods.Number(i), least) : null);
        }

        return true;
    }

    // The smallest weight is above 0: a narration may be drawn, however unlikely.
    private static float Weight(double unlikelihood, double least) => (float)Math.Max(1e-30, Math.Exp(least - unlikelihood));

    private static void TakeItem(ClipRows rows, long number, object? item, bool weighs, ReadingBudget budget)
    {
        string path = rows.Table.Name;
        IReadOnlyList<object?>? fields = ListOf(item);
        if (fields is not [string video, _, _, _, ..] || Number(fields[1]) is not { } start || Number(fields[2]) is not { } end)
        {
            throw new DataException($"'{path}' item {number}: got {Describe(item)}, expected {Form}.");
        }

        byte[] name = Text(path, number, "'video'", video, budget);
        if (double.IsNaN(start))
        {
            throw new DataException($"'{path}' item {number}, field 'start': got {start}, expected seconds.");
        }

        List<byte[]> narrations = [];
        IReadOnlyList<object?> texts = fields[3] is string one ? [one] : ListOf(fields[3]) ?? throw new DataException(
            $"'{path}' item {number}: got {Describe(fields[3])}, expected a narration or a list of them.");
        foreach (object? each in texts)
        {
            narrations.Add(Text(path, number, "'narration'", each as string ?? throw new DataException($"'{path}' item {number}: got "
                + $"{Describe(each)}, expected a narration."), budget));
        }

        double[]? unlikelihoods = weighs && fields.Count > 4 && fields[3] is not string
            ? Unlikelihoods(path, number, fields[4], narrations.Count)
            : null;
        rows.Add(name, new ClipSpan(start, end), number, hasWords: narrations.Exists(text => ClipRows.HasWords(text)));
        for (int i = 0; i < narrations.Count; i++)
        {
            rows.AddCaption(narrations[i], unlikelihoods is null ? null : Weight(unlikelihoods[i], unlikelihoods.Min()));
        }
    }

    private static double[] Unlikelihoods(string path, long number, object? field, int count)
    {
        double[] values = [.. (ListOf(field) ?? []).Select(Number).Where(value => value is { } known && double.IsFinite(known))
            .Select(value => value!.Value)];
        return values.Length == count ? values : throw new DataException($"'{path}' item {number}, field 5: got {Describe(field)}, "
            + $"expected a number for each of the {count} narrations, how unlikely it is.");
    }

    private static IReadOnlyList<object?>? ListOf(object? value) => value as object?[] ?? (IReadOnlyList<object?>?)(value as List<object?>);

    private static byte[] Text(string path, long number, string field, string text, ReadingBudget budget)
    {
        budget.TakeItems();
        budget.TakeBytes(text.Length);
        return Encoding.UTF8.GetBytes(AnnotationText.IsText(text) ? text : AnnotationText.Check(path, $"item {number}", field, text));
    }

    private static double? Number(object? value) => value switch
    {
        double number => number,
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
