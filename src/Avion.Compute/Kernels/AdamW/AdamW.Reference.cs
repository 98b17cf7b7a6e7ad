using System;

namespace Avion.Compute;

public static partial class AdamW
{
    internal static unsafe void ReferenceStep(double* values, double* gradients, double* m, double* v, ReadOnlySpan<UpdateRange> ranges,
        in AdamWSettings settings)
    {
        double correction1 = 1 - Math.Pow(settings.Beta1, settings.Step), correction2 = 1 - Math.Pow(settings.Beta2, settings.Step);
        foreach (UpdateRange range in ranges)
        {
            for (long i = range.First; i < range.End; i++)
            {
                double g = settings.GradientScale * gradients[i];
                values[i] *= 1 - ((double)range.LearningRate * range.WeightDecay);
                m[i] = (settings.Beta1 * m[i]) + ((1 - settings.Beta1) * g);
                v[i] = (settings.Beta2 * v[i]) + ((1 - settings.Beta2) * g * g);
                values[i] -= range.LearningRate / correction1 * m[i] / (Math.Sqrt(v[i] / correction2) + settings.Epsilon);
            }
        }
    }
}
