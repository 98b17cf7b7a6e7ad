namespace Avion.Training;

/// <summary>What the metrics of <see cref="RetrievalMetrics"/> give on average when the order is random.</summary>
/// <remarks>Exact expectations over all orders, by relevancy alone; queries without a relevant item are left out likewise.</remarks>
public static class RetrievalChance
{
    /// <summary>Expected mean average precision.</summary>
    /// <remarks>
    /// An item of relevancy 1 stands at each rank k with chance 1/M, and each earlier rank then holds (S-1)/(M-1) relevancy on average, S
    /// the sum of the row: E[AP] = (1/M) Σ_k (1 + (k-1)(S-1)/(M-1)) / k = (H_M + (S-1)/(M-1) · (M - H_M)) / M, H_M the harmonic number.
    /// </remarks>
    public static double MeanAveragePrecision(ReadOnlySpan<float> relevancy, int queries, int items)
    {
        double harmonic = 0;
        for (int rank = items; rank >= 1; rank--)
        {
            harmonic += 1.0 / rank;
        }

        return AverageOverQueries(relevancy, queries, items, row =>
        {
            double sum = 0;
            foreach (float value in row)
            {
                sum += value;
            }

            double others = items > 1 ? (sum - 1) / (items - 1) : 0;
            return row.Contains(1f) ? (harmonic + (others * (items - harmonic))) / items : double.NaN;
        });
    }

    /// <summary>Expected normalised discounted cumulative gain: each of the first k ranks holds the row's mean relevancy.</summary>
    public static double Ndcg(ReadOnlySpan<float> relevancy, int queries, int items) =>
        AverageOverQueries(relevancy, queries, items, row =>
        {
            float[] best = row.ToArray();
            Array.Sort(best, (a, b) => b.CompareTo(a));
            double sum = 0, discounts = 0, ideal = 0;
            for (int rank = 0; rank < best.Length && best[rank] > 0; rank++)
            {
                sum += best[rank];
                discounts += 1 / Math.Log2(rank + 2);
                ideal += best[rank] / Math.Log2(rank + 2);
            }

            return ideal > 0 ? sum / items * discounts / ideal : double.NaN;
        });

    /// <summary>Expected recall: 1 - C(M-R, n) / C(M, n) for a cutoff n.</summary>
    public static double RecallAt(int cutoff, ReadOnlySpan<float> relevancy, int queries, int items)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(cutoff);
        return AverageOverQueries(relevancy, queries, items, row =>
        {
            int relevant = row.Count(1f);
            double miss = 1;
            for (int drawn = 0; drawn < Math.Min(cutoff, items); drawn++)
            {
                miss *= Math.Max(0, (double)(items - relevant - drawn) / (items - drawn));
            }

            return relevant > 0 ? 1 - miss : double.NaN;
        });
    }

    private delegate double RowExpectation(ReadOnlySpan<float> relevancy);

    private static double AverageOverQueries(ReadOnlySpan<float> relevancy, int queries, int items, RowExpectation expectation)
    {
        double sum = 0;
        int counted = 0;
        for (int query = 0; query < queries; query++)
        {
            double value = expectation(relevancy.Slice(query * items, items));
            if (!double.IsNaN(value))
            {
                sum += value;
                counted++;
            }
        }

        return counted > 0 ? sum / counted : 0;
    }
}
