namespace Avion.Compute;

public static partial class LayerNorm
{
    internal static unsafe void ReferenceForward(double* x, double* weight, double* bias, int rows, int columns, double epsilon,
        double* y, double* mean, double* rstd)
    {
        for (int n = 0; n < rows; n++, x += columns, y += columns)
        {
            double sum = 0;
            for (int d = 0; d < columns; d++)
            {
                sum += x[d];
            }

            mean[n] = sum / columns;
            double squares = 0;
            for (int d = 0; d < columns; d++)
            {
                squares += (x[d] - mean[n]) * (x[d] - mean[n]);
            }

            rstd[n] = 1 / Math.Sqrt((squares / columns) + epsilon);
            for (int d = 0; d < columns; d++)
            {
                y[d] = ((x[d] - mean[n]) * rstd[n] * weight[d]) + bias[d];
            }
        }
    }

    internal static unsafe void ReferenceBackward(double* dy, double* x, double* weight, double* mean, double* rstd, int rows, int columns,
        bool accumulate, double* dx, double* dweight, double* dbias)
    {
        for (int n = 0; n < rows; n++, x += columns, dy += columns)
        {
            double sumG = 0, sumGH = 0;
            for (int d = 0; d < columns; d++)
            {
                double h = (x[d] - mean[n]) * rstd[n], g = dy[d] * weight[d];
                sumG += g;
                sumGH += g * h;
            }

            for (int d = 0; d < columns; d++)
            {
                double h = (x[d] - mean[n]) * rstd[n], g = dy[d] * weight[d], dyValue = dy[d];
                if (dx != null)
                {
                    double* target = dx + ((long)n * columns) + d;
                    *target = (accumulate ? *target : 0) + (rstd[n] * (g - (sumG / columns) - (h * sumGH / columns)));
                }

                if (dweight != null)
                {
                    dweight[d] += dyValue * h;
                }

                if (dbias != null)
                {
                    dbias[d] += dyValue;
                }
            }
        }
    }
}
