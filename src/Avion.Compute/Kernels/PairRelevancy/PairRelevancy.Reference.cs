namespace Avion.Compute;

public static partial class PairRelevancy
{
    internal static unsafe void ReferenceGather(byte* codes, int columns, double* levels, int* pairs, int n, double* y)
    {
        for (int t = 0; t < n; t++)
        {
            for (int v = 0; v < n; v++)
            {
                int row = pairs[2 * v], column = pairs[(2 * t) + 1];
                y[((long)t * n) + v] = column >= 0 ? levels[codes[((long)row * columns) + column]] : t == v ? 1 : 0;
            }
        }
    }
}
