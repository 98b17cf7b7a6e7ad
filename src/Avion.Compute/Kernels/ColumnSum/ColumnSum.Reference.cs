namespace Avion.Compute;

public static partial class ColumnSum
{
    internal static unsafe void ReferenceAccumulate(double* x, int rows, int columns, double* y)
    {
        for (int n = 0; n < rows; n++)
        {
            for (int d = 0; d < columns; d++)
            {
                y[d] += x[((long)n * columns) + d];
            }
        }
    }
}
