namespace Avion.Compute;

public static partial class ColumnScale
{
    internal static unsafe void ReferenceForward(double* x, double* scale, int rows, int columns, double* y)
    {
        for (int n = 0; n < rows; n++)
        {
            for (int d = 0; d < columns; d++)
            {
                y[((long)n * columns) + d] = x[((long)n * columns) + d] * scale[d];
            }
        }
    }

    internal static unsafe void ReferenceBackward(
        double* dy, double* x, double* scale, int rows, int columns, double* dscale, bool accumulates, double* dx)
    {
        for (int n = 0; n < rows; n++)
        {
            for (int d = 0; d < columns; d++)
            {
                long i = ((long)n * columns) + d;
                if (dscale != null)
                {
                    dscale[d] += dy[i] * x[i];
                }

                if (dx != null)
                {
                    dx[i] = (accumulates ? dx[i] : 0) + (dy[i] * scale[d]);
                }
            }
        }
    }
}
