namespace Avion.Compute;

public static partial class Contrastive
{
    internal static unsafe void ReferenceForward(double* x, double* y, int b, int n, int columns, double logScale, int firstLabel,
        double weight, double* lse, double* loss, double* accuracy)
    {
        double hits = 0, sum = 0;
        for (int i = 0; i < b; i++)
        {
            double largest = double.NegativeInfinity, exponentials = 0;
            int best = 0;
            for (int j = 0; j < n; j++)
            {
                double z = Logit(x, y, i, j, columns, logScale);
                best = z > largest ? j : best;
                largest = Math.Max(largest, z);
            }

            for (int j = 0; j < n; j++)
            {
                exponentials += Math.Exp(Logit(x, y, i, j, columns, logScale) - largest);
            }

            lse[i] = largest + Math.Log(exponentials);
            sum += lse[i] - Logit(x, y, i, firstLabel + i, columns, logScale);
            hits += best == firstLabel + i ? 1 : 0;
        }

        *loss += weight * sum / Math.Max(1, b);
        if (accuracy != null)
        {
            *accuracy = hits / Math.Max(1, b);
        }
    }

    internal static unsafe void ReferenceBackwardRows(double dloss, double* x, double* y, int b, int n, int columns, double logScale,
        int firstLabel, double weight, double* lse, bool accumulate, double* dx, double* dlogScale)
    {
        double factor = dloss * weight / b;
        for (int i = 0; i < b; i++)
        {
            for (int d = 0; d < columns && dx != null && !accumulate; d++)
            {
                dx[((long)i * columns) + d] = 0;
            }

            for (int j = 0; j < n; j++)
            {
                double z = Logit(x, y, i, j, columns, logScale);
                double p = Math.Exp(z - lse[i]) - (j == firstLabel + i ? 1 : 0);
                for (int d = 0; d < columns && dx != null; d++)
                {
                    dx[((long)i * columns) + d] += factor * Math.Exp(logScale) * p * y[((long)j * columns) + d];
                }

                if (dlogScale != null)
                {
                    *dlogScale += factor * p * z;
                }
            }
        }
    }

    internal static unsafe void ReferenceBackwardColumns(double dloss, double* x, double* y, int b, int n, int columns, double logScale,
        int firstLabel, double weight, double* lse, bool accumulate, double* dy)
    {
        double factor = dloss * weight / Math.Max(1, b);
        for (int j = 0; j < n; j++)
        {
            for (int d = 0; d < columns && !accumulate; d++)
            {
                dy[((long)j * columns) + d] = 0;
            }

            for (int i = 0; i < b; i++)
            {
                double p = Math.Exp(Logit(x, y, i, j, columns, logScale) - lse[i]) - (j == firstLabel + i ? 1 : 0);
                for (int d = 0; d < columns; d++)
                {
                    dy[((long)j * columns) + d] += factor * Math.Exp(logScale) * p * x[((long)i * columns) + d];
                }
            }
        }
    }

    private static unsafe double Logit(double* x, double* y, int i, int j, int columns, double logScale)
    {
        double dot = 0;
        for (int d = 0; d < columns; d++)
        {
            dot += x[((long)i * columns) + d] * y[((long)j * columns) + d];
        }

        return Math.Exp(logScale) * dot;
    }
}
