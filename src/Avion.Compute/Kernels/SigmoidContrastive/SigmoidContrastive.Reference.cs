namespace Avion.Compute;

public static partial class SigmoidContrastive
{
    internal static unsafe void ReferenceForward(double* x, double* y, int b, int n, int columns, double logScale, double bias,
        int firstLabel, double* loss)
    {
        double[] scores = ReferencePairs.Scores(x, y, b, n, columns, Math.Exp(logScale));
        double sum = 0;
        for (int k = 0; k < scores.Length; k++)
        {
            double sign = k % n == firstLabel + (k / n) ? 1 : -1;
            sum -= Math.Log(1 / (1 + Math.Exp(-sign * (scores[k] + bias))));
        }

        *loss = sum / Math.Max(1, b);
    }

    internal static unsafe void ReferenceBackward(double dloss, double* x, double* y, int b, int n, int columns, double logScale,
        double bias, int firstLabel, bool accumulatesRows, double* dx, bool accumulatesColumns, double* dy, double* dlogScale,
        double* dbias)
    {
        double scale = Math.Exp(logScale), factor = dloss / Math.Max(1, b), scaleSum = 0, biasSum = 0;
        double[] g = ReferencePairs.Scores(x, y, b, n, columns, scale);
        for (int k = 0; k < g.Length; k++)
        {
            double sign = k % n == firstLabel + (k / n) ? 1 : -1, score = g[k];
            g[k] = -sign / (1 + Math.Exp(sign * (score + bias)));
            scaleSum += g[k] * score;
            biasSum += g[k];
        }

        if (dlogScale != null)
        {
            *dlogScale += factor * scaleSum;
        }

        if (dbias != null)
        {
            *dbias += factor * biasSum;
        }

        if (dx != null)
        {
            ReferencePairs.RowGradients(g, factor * scale, y, b, n, columns, accumulatesRows, dx);
        }

        if (dy != null)
        {
            ReferencePairs.ColumnGradients(g, factor * scale, x, b, n, columns, accumulatesColumns, dy);
        }
    }
}
