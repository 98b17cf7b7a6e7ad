namespace Avion.Compute;

public static partial class Rows
{
    internal static unsafe void ReferenceGather(double* x, int* rows, int rowCount, int columns, bool accumulate, double* y)
    {
        for (int r = 0; r < rowCount; r++)
        {
            for (int d = 0; d < columns; d++)
            {
                y[((long)r * columns) + d] = (accumulate ? y[((long)r * columns) + d] : 0) + x[((long)rows[r] * columns) + d];
            }
        }
    }

    internal static unsafe void ReferenceScatterAdd(double* dy, int* rows, int rowCount, int columns, bool accumulate,
        int targetRowCount, double* dx)
    {
        for (long i = 0; i < (long)targetRowCount * columns && !accumulate; i++)
        {
            dx[i] = 0;
        }

        for (int r = 0; r < rowCount; r++)
        {
            for (int d = 0; d < columns; d++)
            {
                dx[((long)rows[r] * columns) + d] += dy[((long)r * columns) + d];
            }
        }
    }
}
