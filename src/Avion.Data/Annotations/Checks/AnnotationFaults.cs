namespace Avion.Data;

/// <summary>Why something of annotations is left out: readable, but of no use to train on.</summary>
internal enum AnnotationOmission
{
    /// <summary>A caption without words.</summary>
    EmptyCaption,

    /// <summary>A clip that ends where it begins.</summary>
    NoLength,

    /// <summary>A clip that ends before it begins.</summary>
    EndsBeforeStart,

    /// <summary>A clip that begins before its video.</summary>
    BeforeVideo,
}

/// <summary>The rule for faults of annotations.</summary>
/// <remarks>
/// What cannot be read for certain (bytes that are no text, a row of another form, a time that is none) is a fault of the file: it is
/// refused with the first one and the count of the others. What can be read and is useless (see <see cref="AnnotationOmission"/>) is left
/// out and counted, up to <see cref="MaximumShare"/> of the rows and <see cref="Allowance"/> of them; above both, or where nothing is left,
/// the file is refused too.
/// </remarks>
internal sealed class AnnotationFaults(string path, string unit)
{
    /// <summary>Share of the rows that may be useless.</summary>
    public const double MaximumShare = 0.02;

    /// <summary>So many useless rows are never too many.</summary>
    public const int Allowance = 20;

    // Telling each fault takes microseconds; a file with so many is of another kind.
    private const int MostCounted = 1000;

    private static readonly string[] s_reasons =
    [
        "captions without words", "clips of no length", "clips that end before they begin", "clips that begin before their video",
    ];

    private readonly long[] _counts = new long[s_reasons.Length];
    private readonly string?[] _first = new string?[s_reasons.Length];
    private DataException? _refusal;
    private long _refused, _secondPlace;

    /// <summary>Name of a row's place: "line 3" or "item 3".</summary>
    public string Place(long number) => string.Create(CultureInfo.InvariantCulture, $"{unit} {number}");

    /// <summary>Notes a fault of the file; fails when there are so many that counting on is of no use.</summary>
    public void Refuse(DataException fault, long place)
    {
        _refusal ??= fault;
        _secondPlace = _refused == 1 ? place : _secondPlace;
        if (++_refused == MostCounted)
        {
            Check();
        }
    }

    /// <summary>Notes that something is left out, or, in a file whose rows are known by number, kept all the same.</summary>
    public void Omit(AnnotationOmission reason, long place, string field, string got)
    {
        _counts[(int)reason]++;
        _first[(int)reason] ??= $"{Place(place)}, {field}: got {got}";
    }

    /// <summary>Fails at the first fault of the file, if there was one.</summary>
    /// <exception cref="DataException">There was.</exception>
    public void Check()
    {
        if (_refusal is not null)
        {
            string more = _refused >= MostCounted ? $"at least {MostCounted - 1}" : $"{_refused - 1}";
            string others = _refused == 1 ? "" : $" There are {more} more faults in the file, the next at {Place(_secondPlace)}.";
            throw new DataException($"{_refusal.Message}{others}", _refusal);
        }
    }

    /// <summary>Says what was left out, in sentences; fails where it is too much.</summary>
    /// <param name="rows">Rows of the file.</param>
    /// <param name="clips">Clips that are left.</param>
    /// <param name="areKept">The rows are known by number, so that none was left out.</param>
    /// <exception cref="DataException">The file has a fault, no row, too many useless ones, or no other.</exception>
    public IReadOnlyList<string> Complete(long rows, int clips, bool areKept)
    {
        Check();
        long useless = _counts.Sum();
        if (useless == 0)
        {
            return [];
        }

        string list = string.Join("; ", Enumerable.Range(0, s_reasons.Length).Where(i => _counts[i] > 0)
            .Select(i => string.Create(CultureInfo.InvariantCulture, $"{_counts[i]:N0} {s_reasons[i]} (the first at {_first[i]})")));
        if (clips == 0 || (useless > Allowance && useless > MaximumShare * rows))
        {
            throw new DataException(string.Create(CultureInfo.InvariantCulture,
                $"'{path}' has {rows:N0} rows, of which too many are of no use: {list}. Expected at most {MaximumShare:P0} or {Allowance}, "
                    + $"and others."));
        }

        return [$"'{path}': {(areKept ? "kept" : "left out")} are {list}."];
    }
}
