namespace Avion.Compute;

public static partial class MatrixMultiply
{
    internal static unsafe void ReferenceRun(double* a, bool transposeA, double* b, bool transposeB, double* bias, int m, int n, int k,
        bool accumulate, double* c)
    {
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < n; j++)
            {
                double sum = bias == null ? 0 : bias[j];
                for (int p = 0; p < k; p++)
                {
                    sum += a[transposeA ? ((long)p * m) + i : ((long)i * k) + p] * b[transposeB ? ((long)j * k) + p : ((long)p * n) + j];
                }

                long at = ((long)i * n) + j;
                c[at] = (accumulate ? c[at] : 0) + sum;
            }
        }
    }
}
