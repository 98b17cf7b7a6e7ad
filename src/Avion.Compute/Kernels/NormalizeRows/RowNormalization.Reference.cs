namespace Avion.Compute;

public static partial class RowNormalization
{
    internal static unsafe void ReferenceForward(double* x, int rows, int columns, double* y, double* inverseNorms)
    {
        for (int n = 0; n < rows; n++, x += columns, y += columns)
        {
            double squares = 0;
            for (int d = 0; d < columns; d++)
            {
                squares += x[d] * x[d];
            }

            inverseNorms[n] = 1 / Math.Max(Math.Sqrt(squares), SmallestNorm);
            for (int d = 0; d < columns; d++)
            {
                y[d] = x[d] * inverseNorms[n];
            }
        }
    }

    internal static unsafe void ReferenceBackward(double* dy, double* y, double* inverseNorms, int rows, int columns,
        bool accumulate, double* dx)
    {
        for (int n = 0; n < rows; n++, dy += columns, y += columns, dx += columns)
        {
            double along = 0;
            for (int d = 0; d < columns && inverseNorms[n] < 1 / (double)SmallestNorm; d++)
            {
                along += y[d] * dy[d];
            }

            for (int d = 0; d < columns; d++)
            {
                dx[d] = (accumulate ? dx[d] : 0) + (inverseNorms[n] * (dy[d] - (y[d] * along)));
            }
        }
    }
}
