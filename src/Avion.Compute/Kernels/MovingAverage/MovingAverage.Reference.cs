namespace Avion.Compute;

public static partial class MovingAverage
{
    internal static unsafe void ReferenceStep(double* values, double* average, long count, double decay)
    {
        for (long i = 0; i < count; i++)
        {
            average[i] = (decay * average[i]) + ((1 - decay) * values[i]);
        }
    }
}
