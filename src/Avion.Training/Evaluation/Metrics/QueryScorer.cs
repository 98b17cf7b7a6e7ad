namespace Avion.Training;

/// <summary>Scores one query after the other on one thread.</summary>
internal sealed unsafe class QueryScorer
{
    private readonly int _items;
    private readonly int[] _cutoffs;
    private readonly Ranking _ranking;
    private readonly float[] _positives;
    private readonly double[] _logarithms;
    private readonly float[] _similarity, _relevancy;
    private readonly RetrievalChance _chance;

    /// <summary>Takes the memory for queries over so many items, and for a block of gathered ones.</summary>
    public QueryScorer(int items, int[] cutoffs, int gatheredQueries)
    {
        (_items, _cutoffs) = (items, cutoffs);
        _ranking = new Ranking(items);
        _positives = new float[items];
        _chance = new RetrievalChance(items);
        (_similarity, _relevancy) = (new float[gatheredQueries * items], new float[gatheredQueries * items]);
        _logarithms = new double[items];
        for (int rank = 0; rank < items; rank++)
        {
            _logarithms[rank] = Math.Log2(rank + 2);
        }
    }

    /// <summary>Copies columns of matrices [items, stride] to rows.</summary>
    public void Gather(float* similarity, float* relevancy, int stride, int first, int count)
    {
        for (int item = 0; item < _items; item++)
        {
            long at = ((long)item * stride) + first;
            for (int i = 0; i < count; i++)
            {
                _similarity[(i * _items) + item] = similarity[at + i];
                _relevancy[(i * _items) + item] = relevancy[at + i];
            }
        }
    }

    /// <summary>A gathered query's similarities.</summary>
    public ReadOnlySpan<float> Similarity(int query) => _similarity.AsSpan(query * _items, _items);

    /// <summary>A gathered query's relevancies.</summary>
    public ReadOnlySpan<float> Relevancy(int query) => _relevancy.AsSpan(query * _items, _items);

    /// <summary>Writes the metrics of a query, NaN where it has none, and what a random order gives.</summary>
    public void Score(ReadOnlySpan<float> similarity, ReadOnlySpan<float> relevancy, Span<double> values, Span<double> chances)
    {
        ReadOnlySpan<int> order = _ranking.Sort(similarity);
        (int relevant, int positive) = (0, 0);
        double total = 0;
        foreach (float value in relevancy)
        {
            relevant += value == 1 ? 1 : 0;
            total += value;
            if (value > 0)
            {
                _positives[positive++] = value;
            }
        }

        values[QueryScores.AveragePrecision] = AveragePrecision(order, relevancy, relevant, out int firstHit);
        chances[QueryScores.AveragePrecision] = _chance.AveragePrecision(relevant, total);
        for (int i = 0; i < _cutoffs.Length; i++)
        {
            values[QueryScores.FirstRecall + i] = relevant == 0 ? double.NaN : firstHit < _cutoffs[i] ? 1 : 0;
            chances[QueryScores.FirstRecall + i] = _chance.Recall(relevant, _cutoffs[i]);
        }

        Span<float> best = _positives.AsSpan(0, positive);
        best.Sort();
        best.Reverse();
        (double gain, double ideal) = (0, 0);
        for (int rank = 0; rank < positive; rank++)
        {
            gain += relevancy[order[rank]] / _logarithms[rank];
            ideal += best[rank] / _logarithms[rank];
        }

        values[QueryScores.NormalizedGain] = positive > 0 ? gain / ideal : double.NaN;
        chances[QueryScores.NormalizedGain] = _chance.NormalizedGain(best, ideal, _logarithms);
    }

    private static double AveragePrecision(ReadOnlySpan<int> order, ReadOnlySpan<float> relevancy, int relevant, out int firstHit)
    {
        (double sum, double found, int hits) = (0, 0, 0);
        firstHit = int.MaxValue;
        for (int rank = 0; hits < relevant; rank++)
        {
            float value = relevancy[order[rank]];
            found += value;
            if (value == 1)
            {
                firstHit = hits == 0 ? rank : firstHit;
                hits++;
                sum += found / (rank + 1);
            }
        }

        return relevant > 0 ? sum / relevant : double.NaN;
    }
}
