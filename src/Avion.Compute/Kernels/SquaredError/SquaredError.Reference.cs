namespace Avion.Compute;

public static partial class SquaredError
{
    internal static unsafe void ReferenceForward(double* x, double* target, long count, double* loss)
    {
        double sum = 0;
        for (long i = 0; i < count; i++)
        {
            sum += (x[i] - target[i]) * (x[i] - target[i]);
        }

        *loss = count == 0 ? 0 : sum / count;
    }

    internal static unsafe void ReferenceBackward(double dloss, double* x, double* target, long count, bool accumulate, double* dx)
    {
        for (long i = 0; i < count; i++)
        {
            dx[i] = (accumulate ? dx[i] : 0) + (dloss * 2 * (x[i] - target[i]) / count);
        }
    }
}
