namespace Avion.Compute;

public static partial class MarginRanking
{
    internal static unsafe void ReferenceForward(double* x, double* y, int b, int n, int columns, MarginRule rule, double* relevancy,
        bool transposesRelevancy, int firstLabel, double weight, double* loss)
    {
        double[] scores = ReferencePairs.Scores(x, y, b, n, columns, 1);
        for (int i = 0; i < b; i++)
        {
            for (int j = 0; j < n; j++)
            {
                *loss += PairWeight(b, n, weight) * Pair(scores, n, rule, relevancy, transposesRelevancy, firstLabel, i, j).Loss;
            }
        }
    }

    internal static unsafe void ReferenceBackward(double dloss, double* x, double* y, int b, int n, int columns, MarginRule rule,
        double* relevancy, bool transposesRelevancy, int firstLabel, double weight, bool accumulatesRows, double* dx,
        bool accumulatesColumns, double* dy)
    {
        double[] scores = ReferencePairs.Scores(x, y, b, n, columns, 1), g = new double[scores.Length];
        for (int i = 0; i < b; i++)
        {
            for (int j = 0; j < n; j++)
            {
                double slope = Pair(scores, n, rule, relevancy, transposesRelevancy, firstLabel, i, j).Slope;
                g[(i * n) + j] += slope;
                g[(i * n) + firstLabel + i] -= slope;
            }
        }

        double factor = dloss * PairWeight(b, n, weight);
        if (dx != null)
        {
            ReferencePairs.RowGradients(g, factor, y, b, n, columns, accumulatesRows, dx);
        }

        if (dy != null)
        {
            ReferencePairs.ColumnGradients(g, factor, x, b, n, columns, accumulatesColumns, dy);
        }
    }

    private static unsafe (double Loss, double Slope) Pair(double[] scores, int n, MarginRule rule, double* relevancy,
        bool transposesRelevancy, int firstLabel, int i, int j)
    {
        int label = firstLabel + i;
        if (j == label)
        {
            return (0, 0);
        }

        double own = relevancy == null ? 0 : relevancy[(label * n) + label];
        double other = relevancy == null ? 0 : relevancy[transposesRelevancy ? (j * n) + label : (label * n) + j];
        return rule.Of(scores[(i * n) + label] - scores[(i * n) + j], own, other);
    }
}
