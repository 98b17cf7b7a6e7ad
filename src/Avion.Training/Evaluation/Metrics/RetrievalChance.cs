namespace Avion.Training;

/// <summary>What the metrics of one query over M items give on average when the order is random.</summary>
/// <remarks>Exact expectations over all orders, by relevancy alone.</remarks>
internal sealed class RetrievalChance
{
    private readonly int _items;
    private readonly double _harmonic;

    public RetrievalChance(int items)
    {
        _items = items;
        for (int rank = items; rank >= 1; rank--)
        {
            _harmonic += 1.0 / rank;
        }
    }

    /// <summary>Expected average precision.</summary>
    /// <remarks>
    /// An item of relevancy 1 stands at each rank k with chance 1/M, and each earlier rank then holds (S-1)/(M-1) relevancy on average, S
    /// the sum of the row: E[AP] = (1/M) Σ_k (1 + (k-1)(S-1)/(M-1)) / k = (H_M + (S-1)/(M-1) · (M - H_M)) / M, H_M the harmonic number.
    /// </remarks>
    /// <param name="relevant">Items of relevancy 1.</param>
    /// <param name="total">S.</param>
    public double AveragePrecision(int relevant, double total)
    {
        double others = _items > 1 ? (total - 1) / (_items - 1) : 0;
        return relevant > 0 ? (_harmonic + (others * (_items - _harmonic))) / _items : double.NaN;
    }

    /// <summary>Expected normalised discounted cumulative gain: each of the first k ranks holds the row's mean relevancy.</summary>
    /// <param name="best">The k relevancies above 0.</param>
    /// <param name="ideal">The gain of the best order.</param>
    /// <param name="logarithms">log2(i + 2) of each rank i.</param>
    public double NormalizedGain(ReadOnlySpan<float> best, double ideal, ReadOnlySpan<double> logarithms)
    {
        (double sum, double discounts) = (0, 0);
        for (int rank = 0; rank < best.Length; rank++)
        {
            sum += best[rank];
            discounts += 1 / logarithms[rank];
        }

        return best.Length > 0 ? sum / _items * discounts / ideal : double.NaN;
    }

    /// <summary>Expected recall: 1 - C(M-R, n) / C(M, n) for a cutoff n and R items of relevancy 1.</summary>
    public double Recall(int relevant, int cutoff)
    {
        double miss = 1;
        for (int drawn = 0; drawn < Math.Min(cutoff, _items); drawn++)
        {
            miss *= Math.Max(0, (double)(_items - relevant - drawn) / (_items - drawn));
        }

        return relevant > 0 ? 1 - miss : double.NaN;
    }
}
