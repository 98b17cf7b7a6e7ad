using System;

namespace Avion.Compute;

public static partial class Sgd
{
    internal static unsafe void ReferenceStep(double* values, double* gradients, double* velocity, ReadOnlySpan<UpdateRange> ranges,
        in SgdSettings settings)
    {
        foreach (UpdateRange range in ranges)
        {
            for (long i = range.First; i < range.End; i++)
            {
                double g = (settings.GradientScale * gradients[i]) + (range.WeightDecay * values[i]);
                velocity[i] = (settings.Momentum * velocity[i]) + g;
                values[i] -= range.LearningRate * velocity[i];
            }
        }
    }
}
