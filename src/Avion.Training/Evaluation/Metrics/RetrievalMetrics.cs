namespace Avion.Training;

/// <summary>A metric averaged over queries.</summary>
/// <param name="Value">The mean over the queries that count, or 0 when none does; never NaN.</param>
/// <param name="Queries">Queries that count: those with a relevant item.</param>
/// <param name="QueriesLeftOut">Queries without any relevant item; the metric has no value for
/// them, so they are left out of the mean.</param>
public readonly record struct RetrievalScore(double Value, int Queries, int QueriesLeftOut);

/// <summary>Every metric of one direction of retrieval.</summary>
/// <param name="MeanAveragePrecision">See <see cref="RetrievalMetrics.MeanAveragePrecision"/>.</param>
/// <param name="Ndcg">See <see cref="RetrievalMetrics.Ndcg"/>.</param>
/// <param name="Recalls">One for each cutoff, see <see cref="RetrievalMetrics.RecallAt"/>.</param>
public sealed record RetrievalScores(RetrievalScore MeanAveragePrecision, RetrievalScore Ndcg, IReadOnlyList<RetrievalScore> Recalls);

/// <summary>Quality of ranked retrieval, one row of similarities per query.</summary>
/// <remarks>
/// Shapes: similarity [Q, M] and relevancy [Q, M], row-major; Q queries, M items. Relevancy is in [0, 1]; mean average precision and recall
/// take an item as relevant when its relevancy is exactly 1, nDCG takes any relevancy above 0.
/// Ties: equal similarities rank by column (see <see cref="Ranking"/>). Numerics: sums in double precision.
/// Source: the multi-instance retrieval metrics of EPIC-KITCHENS-100, Damen et al. 2022, section 4.5 (arXiv:2006.13256).
/// </remarks>
public static class RetrievalMetrics
{
    /// <summary>Mean average precision.</summary>
    /// <remarks>
    /// AP = (1/R) Σ_k [relevancy of rank k = 1] · (Σ_{j≤k} relevancy of rank j) / k, R items of relevancy 1, ranks from 1. As in the
    /// published evaluation the inner sum takes partial relevancies too, so they raise the score; with relevancies of 0 and 1 alone this is
    /// the usual average precision.
    /// </remarks>
    public static RetrievalScore MeanAveragePrecision(ReadOnlySpan<float> similarity, ReadOnlySpan<float> relevancy, int queries,
        int items) =>
        Average(similarity, relevancy, queries, items, (0, AveragePrecision))[0];

    /// <summary>Normalised discounted cumulative gain.</summary>
    /// <remarks>
    /// DCG = Σ_{i&lt;k} relevancy(rank i) / log2(i + 2), where k is the number of items with relevancy above 0 in the row; the result is
    /// DCG divided by that of the best order.
    /// </remarks>
    public static RetrievalScore Ndcg(ReadOnlySpan<float> similarity, ReadOnlySpan<float> relevancy, int queries, int items) =>
        Average(similarity, relevancy, queries, items, (0, NormalizedGain))[0];

    /// <summary>Share of queries with a relevant item among the first <paramref name="cutoff"/>.</summary>
    public static RetrievalScore RecallAt(
        int cutoff, ReadOnlySpan<float> similarity, ReadOnlySpan<float> relevancy, int queries, int items)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(cutoff);
        return Average(similarity, relevancy, queries, items, (cutoff, HasHit))[0];
    }

    /// <summary>All metrics at once, for which each row is sorted once.</summary>
    /// <param name="similarity">[Q, M].</param>
    /// <param name="relevancy">[Q, M].</param>
    /// <param name="queries">Q.</param>
    /// <param name="items">M.</param>
    /// <param name="cutoffs">Of the recalls.</param>
    public static RetrievalScores All(
        ReadOnlySpan<float> similarity, ReadOnlySpan<float> relevancy, int queries, int items, ReadOnlySpan<int> cutoffs)
    {
        (int, RowMetric)[] metrics = new (int, RowMetric)[cutoffs.Length + 2];
        (metrics[0], metrics[1]) = ((0, AveragePrecision), (0, NormalizedGain));
        for (int i = 0; i < cutoffs.Length; i++)
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(cutoffs[i], nameof(cutoffs));
            metrics[i + 2] = (cutoffs[i], HasHit);
        }

        RetrievalScore[] scores = Average(similarity, relevancy, queries, items, metrics);
        return new RetrievalScores(scores[0], scores[1], scores[2..]);
    }

    private delegate double RowMetric(ReadOnlySpan<int> order, ReadOnlySpan<float> relevancy, int cutoff, Ranking scratch);

    private static RetrievalScore[] Average(
        ReadOnlySpan<float> similarity, ReadOnlySpan<float> relevancy, int queries, int items,
        params ReadOnlySpan<(int Cutoff, RowMetric Of)> metrics)
    {
        CheckShape(similarity.Length, nameof(similarity), queries, items);
        CheckShape(relevancy.Length, nameof(relevancy), queries, items);
        Ranking ranking = new(items);
        Ranking scratch = new(items);
        double[] sums = new double[metrics.Length];
        int[] counted = new int[metrics.Length];
        for (int query = 0; query < queries; query++)
        {
            ReadOnlySpan<int> order = ranking.Sort(similarity.Slice(query * items, items));
            for (int i = 0; i < metrics.Length; i++)
            {
                double value = metrics[i].Of(order, relevancy.Slice(query * items, items), metrics[i].Cutoff, scratch);
                if (!double.IsNaN(value))
                {
                    sums[i] += value;
                    counted[i]++;
                }
            }
        }

        RetrievalScore[] scores = new RetrievalScore[metrics.Length];
        for (int i = 0; i < scores.Length; i++)
        {
            scores[i] = new RetrievalScore(counted[i] > 0 ? sums[i] / counted[i] : 0, counted[i], queries - counted[i]);
        }

        return scores;
    }

    /// <summary>NaN when no item is relevant; the caller leaves such a row out.</summary>
    private static double AveragePrecision(ReadOnlySpan<int> order, ReadOnlySpan<float> relevancy, int cutoff, Ranking scratch)
    {
        int hits = 0;
        double found = 0, sum = 0;
        for (int rank = 0; rank < order.Length; rank++)
        {
            found += relevancy[order[rank]];
            if (relevancy[order[rank]] == 1)
            {
                hits++;
                sum += found / (rank + 1);
            }
        }

        return hits > 0 ? sum / hits : double.NaN;
    }

    private static double NormalizedGain(ReadOnlySpan<int> order, ReadOnlySpan<float> relevancy, int cutoff, Ranking scratch)
    {
        int positives = 0;
        foreach (float value in relevancy)
        {
            positives += value > 0 ? 1 : 0;
        }

        return positives > 0
            ? Gain(order[..positives], relevancy) / Gain(scratch.Sort(relevancy)[..positives], relevancy)
            : double.NaN;
    }

    private static double HasHit(ReadOnlySpan<int> order, ReadOnlySpan<float> relevancy, int cutoff, Ranking scratch)
    {
        for (int rank = 0; rank < Math.Min(cutoff, order.Length); rank++)
        {
            if (relevancy[order[rank]] == 1)
            {
                return 1;
            }
        }

        return relevancy.Contains(1f) ? 0 : double.NaN;
    }

    private static double Gain(ReadOnlySpan<int> order, ReadOnlySpan<float> relevancy)
    {
        double gain = 0;
        for (int rank = 0; rank < order.Length; rank++)
        {
            gain += relevancy[order[rank]] / Math.Log2(rank + 2);
        }

        return gain;
    }

    private static void CheckShape(int length, string name, int queries, int items)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(queries);
        ArgumentOutOfRangeException.ThrowIfNegative(items);
        if (length != (long)queries * items)
        {
            throw new ArgumentException($"{name} has {length} values, expected {queries} x {items} = {(long)queries * items}.", name);
        }
    }
}
