namespace Avion.Training;

/// <summary>A clip that a query found.</summary>
/// <param name="Row">The clip.</param>
/// <param name="Score">Cosine of its vector and the query's, -1 to 1.</param>
/// <param name="Number">Number of the clip in the index.</param>
public readonly record struct ClipHit(FeatureRow Row, double Score, int Number);

/// <summary>What a query found among clips.</summary>
/// <param name="Hits">The best, best first.</param>
/// <param name="Clips">N, clips that can rank; where each view of a clip has a vector, views.</param>
/// <param name="Mean">Mean score of all N.</param>
/// <param name="Deviation">Standard deviation of the scores of all N.</param>
public sealed record ClipRanking(IReadOnlyList<ClipHit> Hits, int Clips, double Mean, double Deviation)
{
    private const int FewestClips = 20;
    private const double EulerGamma = 0.5772156649015329;

    /// <summary>About the highest of N independent scores that scatter by a normal distribution with this mean and deviation; null for fewer
    /// than 20, and where it lies above 1, which no cosine does: such scores are far from normal.</summary>
    /// <remarks>mean + deviation (b + γ / a) with a = √(2 ln N), b = a - (ln ln N + ln 4π) / (2 a): the mean of the largest of N, within 4 %.
    /// Windows that overlap are not independent, and scores are only roughly normal: this is a hint of what chance gives, no test.</remarks>
    public double? HighestByChance
    {
        get
        {
            if (Clips < FewestClips)
            {
                return null;
            }

            double a = Math.Sqrt(2 * Math.Log(Clips)), b = a - ((Math.Log(Math.Log(Clips)) + Math.Log(4 * Math.PI)) / (2 * a));
            double highest = Mean + (Deviation * (b + (EulerGamma / a)));
            return highest <= 1 ? highest : null;
        }
    }
}

/// <summary>Clips by their vectors: finds those nearest to a text or to another clip, exactly.</summary>
/// <param name="size">Numbers of a vector.</param>
/// <param name="threads">Threads that search; 0: one per processor.</param>
public sealed class ClipIndex(int size, int threads = 0) : IDisposable
{
    // Times of windows are sums of rounded numbers.
    private const double ClockSeconds = 1e-3;

    private readonly VectorIndex _vectors = new(size, threads);
    private readonly List<FeatureRow> _rows = [];

    /// <summary>The clips, in the order in which they were added; where each view has a vector, their views.</summary>
    public IReadOnlyList<FeatureRow> Rows => _rows;

    /// <summary>How many clips there are, whatever their number of views.</summary>
    public int ClipCount { get; private set; }

    /// <summary>Whether each view of a clip has a vector of its own.</summary>
    public bool HasViews => ClipCount < _rows.Count;

    /// <summary>Adds a clip, or a view of one; all views of a clip are added.</summary>
    /// <param name="row">The clip.</param>
    /// <param name="vector">Its vector, of length 1.</param>
    public void Add(FeatureRow row, ReadOnlySpan<float> vector)
    {
        _vectors.Add(vector);
        _rows.Add(row);
        ClipCount += row.View == 0 ? 1 : 0;
    }

    /// <summary>The best clips of each query; of equal scores the one that was added first.</summary>
    /// <param name="queries">Vectors of length 1, [Q, size].</param>
    /// <param name="count">How many hits of each.</param>
    /// <param name="showsOverlaps">Keeps clips that overlap a better hit of the same video; otherwise they are left out.</param>
    /// <param name="leavesOut">Clips that are no hits, such as the one that is searched by; null for none.</param>
    public IReadOnlyList<ClipRanking> Search(ReadOnlySpan<float> queries, int count, bool showsOverlaps = false, Func<FeatureRow, bool>? leavesOut = null)
    {
        // Overlaps are known when the better ones are: more are asked for until enough are left.
        int asked = Math.Min(showsOverlaps && leavesOut is null ? count : (4 * count) + 16, Math.Max(_rows.Count, 1));
        while (true)
        {
            VectorRanking[] found = _vectors.SearchAll(queries, asked);
            ClipRanking[] rankings = [.. found.Select(ranking => Select(ranking, count, showsOverlaps, leavesOut))];
            if (asked >= _rows.Count || rankings.All(ranking => ranking.Hits.Count == count || ranking.Clips <= asked))
            {
                return rankings;
            }

            asked = (int)Math.Min(4L * asked, _rows.Count);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _vectors.Dispose();

    private ClipRanking Select(VectorRanking ranking, int count, bool showsOverlaps, Func<FeatureRow, bool>? leavesOut)
    {
        List<ClipHit> hits = [];
        Dictionary<string, List<ClipSpan>> taken = new(StringComparer.Ordinal);
        foreach (RankedRow ranked in ranking.Rows)
        {
            FeatureRow row = _rows[ranked.Row];
            if (leavesOut?.Invoke(row) == true)
            {
                continue;
            }

            List<ClipSpan> spans = taken.TryGetValue(row.File, out List<ClipSpan>? known) ? known : taken[row.File] = [];
            if (showsOverlaps || !spans.Exists(span => Overlaps(span, row.Span)))
            {
                hits.Add(new ClipHit(row, ranked.Score, ranked.Row));
                spans.Add(row.Span);
            }

            if (hits.Count == count)
            {
                break;
            }
        }

        return new ClipRanking(hits, ranking.Count, ranking.Mean, ranking.Deviation);
    }

    /// <summary>Whether two parts of one video have time in common; the whole has it with every part.</summary>
    public static bool Overlaps(ClipSpan a, ClipSpan b) =>
        a.IsWhole || b.IsWhole || Math.Min(a.End, b.End) - Math.Max(a.Start, b.Start) > ClockSeconds;
}
