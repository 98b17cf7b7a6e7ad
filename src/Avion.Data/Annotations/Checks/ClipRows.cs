namespace Avion.Data;

/// <summary>The way of a file's rows into a table: each is taken, left out or refused by the one rule of
/// <see cref="AnnotationFaults"/>.</summary>
/// <param name="table">Takes the clips.</param>
/// <param name="unit">What a row is called: "line" or "item".</param>
/// <param name="keepsRows">The rows are known by number elsewhere, as those of relevancy matrices: none is left out.</param>
/// <param name="faults">Takes the faults; null for a list of its own.</param>
internal sealed class ClipRows(ClipTable table, string unit, bool keepsRows = false, AnnotationFaults? faults = null)
{
    // A hundred hours: longer videos are none, larger numbers are frames, milliseconds or dates.
    private const double LatestSeconds = 360_000;

    // Published segments end a rounding before they begin.
    private const double RoundingSeconds = 0.001;

    private long _rows, _place;

    /// <summary>The table.</summary>
    public ClipTable Table => table;

    /// <summary>Whether the clip of the last row is in the table.</summary>
    public bool IsTaken { get; private set; }

    /// <summary>What is wrong with the file.</summary>
    public AnnotationFaults Faults { get; } = faults ?? new AnnotationFaults(table.Name, unit);

    /// <summary>Whether a text says anything.</summary>
    public static bool HasWords(ReadOnlySpan<byte> utf8)
    {
        ReadOnlySpan<byte> rest = utf8.TrimStart(" \t\r\n"u8);
        while (rest.Length > 0 && rest[0] >= 0x80
            && Rune.DecodeFromUtf8(rest, out Rune rune, out int length) == System.Buffers.OperationStatus.Done
            && Rune.IsWhiteSpace(rune))
        {
            rest = rest[length..].TrimStart(" \t\r\n"u8);
        }

        return rest.Length > 0;
    }

    /// <summary>A row begins: its clip, unless the clip is of no use.</summary>
    /// <param name="video">Name of its video.</param>
    /// <param name="span">Its times, or the whole video.</param>
    /// <param name="place">Number of the row.</param>
    /// <param name="labels">Its labels.</param>
    /// <param name="hasWords">It has a caption with words, or the file has no captions.</param>
    /// <exception cref="DataException">A time is none.</exception>
    public void Add(ReadOnlySpan<byte> video, in ClipSpan span, long place, ReadOnlySpan<int> labels = default, bool hasWords = true)
    {
        _rows++;
        _place = place;
        IsTaken = (span.IsWhole || IsUsable(span, place)) && (hasWords || labels.Length > 0 || IsKeptWithoutWords(place));
        if (IsTaken)
        {
            table.Add(video, span, labels);
            table.Place(unit, place);
        }
    }

    /// <summary>A row that gives the clip of the row before another caption.</summary>
    public void Continue(long place) => (_rows, _place) = (_rows + 1, place);

    /// <summary>A caption of the row's clip; one without words is left out.</summary>
    public void AddCaption(ReadOnlySpan<byte> utf8, float? weight = null)
    {
        if (!IsTaken)
        {
            return;
        }

        if (utf8.Length >= CaptionStore.LongestText)
        {
            throw new DataException($"'{table.Name}' {Faults.Place(_place)}, field 'caption': got {utf8.Length} bytes, expected fewer than "
                + $"{CaptionStore.LongestText}.");
        }

        if (!keepsRows && !HasWords(utf8))
        {
            if (table.LabelCount == 0)
            {
                Faults.Omit(AnnotationOmission.EmptyCaption, _place, "field 'caption'", "no words");
            }
        }
        else if (weight is { } given)
        {
            table.AddCaption(utf8, given);
        }
        else
        {
            table.AddCaption(utf8);
        }
    }

    /// <summary>The file has ended.</summary>
    /// <param name="expected">What it should hold, for the message about an empty one.</param>
    /// <exception cref="DataException">It has a fault, too many useless rows, or none.</exception>
    public ClipTable Complete(string expected)
    {
        table.Notes = Faults.Complete(_rows, table.Count, keepsRows);
        return table.Count > 0 ? table : throw new DataException($"'{table.Name}' has no clips, expected {expected}.");
    }

    private bool IsUsable(in ClipSpan span, long place)
    {
        foreach ((double time, string field) in (ReadOnlySpan<(double, string)>)[(span.Start, "'start'"), (span.End, "'end'")])
        {
            if (!double.IsFinite(time) || Math.Abs(time) > LatestSeconds)
            {
                throw new DataException(string.Create(CultureInfo.InvariantCulture, $"'{table.Name}' {Faults.Place(place)}, field {field}: "
                    + $"got {time}, expected seconds, at most {LatestSeconds:0} (100 hours); "
                    + $"frames, milliseconds and dates are no times."));
            }
        }

        AnnotationOmission reason = span.End < span.Start - RoundingSeconds ? AnnotationOmission.EndsBeforeStart
            : span.Start < 0 ? AnnotationOmission.BeforeVideo
            : AnnotationOmission.NoLength;
        if (span.Start >= 0 && span.End > span.Start)
        {
            return true;
        }

        string got = string.Create(CultureInfo.InvariantCulture, $"{span.Start} to {span.End} s");
        if (keepsRows && reason != AnnotationOmission.NoLength)
        {
            throw new DataException($"'{table.Name}' {Faults.Place(place)}, fields 'start' and 'end': got {got}, expected a start that is "
                + "not negative and an end after it.");
        }

        Faults.Omit(reason, place, "fields 'start' and 'end'", got);
        return keepsRows;
    }

    private bool IsKeptWithoutWords(long place)
    {
        Faults.Omit(AnnotationOmission.EmptyCaption, place, "field 'caption'", "no words");
        return keepsRows;
    }
}
