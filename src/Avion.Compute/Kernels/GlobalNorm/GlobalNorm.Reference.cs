namespace Avion.Compute;

public static partial class GlobalNorm
{
    internal static unsafe double ReferenceSumOfSquares(double* x, long count)
    {
        double sum = 0;
        for (long i = 0; i < count; i++)
        {
            sum += x[i] * x[i];
        }

        return sum;
    }
}
