namespace Avion.Training;

/// <summary>A metric averaged over queries.</summary>
/// <param name="Value">The mean over the queries that count, or 0 when none does; never NaN.</param>
/// <param name="Queries">Queries that count: those with a relevant item.</param>
/// <param name="QueriesLeftOut">Queries without any relevant item; the metric has no value for
/// them, so they are left out of the mean.</param>
public readonly record struct RetrievalScore(double Value, int Queries, int QueriesLeftOut)
{
    /// <summary>What <see cref="Value"/> is on average when the order is random.</summary>
    public double Chance { get; init; }
}

/// <summary>Every metric of one direction of retrieval.</summary>
/// <param name="MeanAveragePrecision">See <see cref="RetrievalMetrics.MeanAveragePrecision"/>.</param>
/// <param name="Ndcg">See <see cref="RetrievalMetrics.Ndcg"/>.</param>
/// <param name="Recalls">One for each cutoff, see <see cref="RetrievalMetrics.RecallAt"/>.</param>
public sealed record RetrievalScores(RetrievalScore MeanAveragePrecision, RetrievalScore Ndcg, IReadOnlyList<RetrievalScore> Recalls);

/// <summary>Quality of ranked retrieval, one row of similarities per query.</summary>
/// <remarks>
/// Shapes: similarity [Q, M] and relevancy [Q, M], row-major; Q queries, M items. Relevancy is in [0, 1]; mean average precision and recall
/// take an item as relevant when its relevancy is exactly 1, nDCG takes any relevancy above 0.
/// Ties: equal similarities rank by column (see <see cref="Ranking"/>). Numerics: sums in double precision, over the queries in their
/// order, so that the number of threads changes no bit.
/// Memory: what is given, and 40 bytes an item for each thread; nothing is transposed.
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
    public static RetrievalScore MeanAveragePrecision(
        ReadOnlySpan<float> similarity, ReadOnlySpan<float> relevancy, int queries, int items) =>
        All(similarity, relevancy, queries, items, []).MeanAveragePrecision;

    /// <summary>Normalised discounted cumulative gain.</summary>
    /// <remarks>
    /// DCG = Σ_{i&lt;k} relevancy(rank i) / log2(i + 2), where k is the number of items with relevancy above 0 in the row; the result is
    /// DCG divided by that of the best order.
    /// </remarks>
    public static RetrievalScore Ndcg(ReadOnlySpan<float> similarity, ReadOnlySpan<float> relevancy, int queries, int items) =>
        All(similarity, relevancy, queries, items, []).Ndcg;

    /// <summary>Share of queries with a relevant item among the first <paramref name="cutoff"/>.</summary>
    public static RetrievalScore RecallAt(
        int cutoff, ReadOnlySpan<float> similarity, ReadOnlySpan<float> relevancy, int queries, int items) =>
        All(similarity, relevancy, queries, items, [cutoff]).Recalls[0];

    /// <summary>All metrics at once with their values by chance: each row is sorted once,
    /// and rows are spread over the processors.</summary>
    /// <param name="similarity">[Q, M], or [M, Q] where the queries are columns.</param>
    /// <param name="relevancy">Of the same shape.</param>
    /// <param name="queries">Q.</param>
    /// <param name="items">M.</param>
    /// <param name="cutoffs">Of the recalls.</param>
    /// <param name="queriesAreColumns">Searches in the other direction of the same matrices.</param>
    /// <param name="threads">How many rows are scored at a time; 0: one per processor.</param>
    public static RetrievalScores All(ReadOnlySpan<float> similarity, ReadOnlySpan<float> relevancy, int queries, int items,
        ReadOnlySpan<int> cutoffs, bool queriesAreColumns = false, int threads = 0)
    {
        CheckShape(similarity.Length, nameof(similarity), queries, items);
        CheckShape(relevancy.Length, nameof(relevancy), queries, items);
        foreach (int cutoff in cutoffs)
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(cutoff, nameof(cutoffs));
        }

        QueryScores scores = new(queries, items, cutoffs.ToArray());
        scores.Fill(similarity, relevancy, queriesAreColumns, threads);
        RetrievalScore[] recalls = new RetrievalScore[cutoffs.Length];
        for (int i = 0; i < recalls.Length; i++)
        {
            recalls[i] = scores.Average(QueryScores.FirstRecall + i);
        }

        return new RetrievalScores(scores.Average(QueryScores.AveragePrecision), scores.Average(QueryScores.NormalizedGain), recalls);
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
