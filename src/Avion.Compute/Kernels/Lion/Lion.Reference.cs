using System;

namespace Avion.Compute;

public static partial class Lion
{
    internal static unsafe void ReferenceStep(double* values, double* gradients, double* m, ReadOnlySpan<UpdateRange> ranges,
        in LionSettings settings)
    {
        foreach (UpdateRange range in ranges)
        {
            for (long i = range.First; i < range.End; i++)
            {
                double g = settings.GradientScale * gradients[i];
                values[i] *= 1 - ((double)range.LearningRate * range.WeightDecay);
                values[i] -= range.LearningRate * (double)Math.Sign((settings.Beta1 * m[i]) + ((1 - settings.Beta1) * g));
                m[i] = (settings.Beta2 * m[i]) + ((1 - settings.Beta2) * g);
            }
        }
    }
}
