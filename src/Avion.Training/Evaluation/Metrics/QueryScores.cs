using System.Runtime.ExceptionServices;

namespace Avion.Training;

/// <summary>The metrics of every query of one direction of retrieval, computed by several threads and averaged in order.</summary>
internal sealed unsafe class QueryScores
{
    /// <summary>Places of the metrics; recalls follow, one for each cutoff, then the same again for what chance gives.</summary>
    public const int AveragePrecision = 0, NormalizedGain = 1, FirstRecall = 2;

    /// <summary>Columns of a matrix are gathered so many at a time, a cache line of each row.</summary>
    private const int QueriesPerBlock = 16;

    private readonly int _queries, _items, _metrics;
    private readonly int[] _cutoffs;
    private readonly double[] _values;

    public QueryScores(int queries, int items, int[] cutoffs)
    {
        (_queries, _items, _cutoffs, _metrics) = (queries, items, cutoffs, FirstRecall + cutoffs.Length);
        _values = new double[checked(queries * 2 * _metrics)];
    }

    /// <summary>Scores all queries.</summary>
    public void Fill(ReadOnlySpan<float> similarity, ReadOnlySpan<float> relevancy, bool queriesAreColumns, int threads)
    {
        fixed (float* similarities = similarity, relevancies = relevancy)
        {
            (nint similarityAt, nint relevancyAt) = ((nint)similarities, (nint)relevancies);
            int blocks = (_queries + QueriesPerBlock - 1) / QueriesPerBlock;
            ParallelOptions options = new() { MaxDegreeOfParallelism = threads > 0 ? threads : Environment.ProcessorCount };
            try
            {
                Parallel.For(0, blocks, options, () => new QueryScorer(_items, _cutoffs, queriesAreColumns ? QueriesPerBlock : 0),
                    (block, _, scorer) =>
                    {
                        Score(scorer, (float*)similarityAt, (float*)relevancyAt, block, queriesAreColumns);
                        return scorer;
                    }, _ => { });
            }
            catch (AggregateException errors)
            {
                ExceptionDispatchInfo.Throw(errors.InnerExceptions[0]);
            }
        }
    }

    /// <summary>The mean of one metric over the queries that have it.</summary>
    public RetrievalScore Average(int metric)
    {
        (double sum, double chance, int counted) = (0, 0, 0);
        for (int query = 0; query < _queries; query++)
        {
            int at = (query * 2 * _metrics) + metric;
            if (!double.IsNaN(_values[at]))
            {
                sum += _values[at];
                chance += _values[at + _metrics];
                counted++;
            }
        }

        return new RetrievalScore(counted > 0 ? sum / counted : 0, counted, _queries - counted)
        {
            Chance = counted > 0 ? chance / counted : 0,
        };
    }

    private void Score(QueryScorer scorer, float* similarity, float* relevancy, int block, bool queriesAreColumns)
    {
        int first = block * QueriesPerBlock, count = Math.Min(QueriesPerBlock, _queries - first);
        if (queriesAreColumns)
        {
            scorer.Gather(similarity, relevancy, _queries, first, count);
        }

        for (int i = 0; i < count; i++)
        {
            int query = first + i;
            Span<double> values = _values.AsSpan(query * 2 * _metrics, 2 * _metrics);
            if (queriesAreColumns)
            {
                scorer.Score(scorer.Similarity(i), scorer.Relevancy(i), values[.._metrics], values[_metrics..]);
            }
            else
            {
                long at = (long)query * _items;
                scorer.Score(new ReadOnlySpan<float>(similarity + at, _items), new ReadOnlySpan<float>(relevancy + at, _items),
                    values[.._metrics], values[_metrics..]);
            }
        }
    }
}
