namespace Avion.Compute;

public static partial class Add
{
    internal static unsafe void ReferenceForward(double* a, double* b, long count, double* y)
    {
        for (long i = 0; i < count; i++)
        {
            y[i] = a[i] + b[i];
        }
    }
}
