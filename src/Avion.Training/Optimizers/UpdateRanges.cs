using System.Collections.Generic;
using Avion.Compute;

namespace Avion.Training.Optimizers;

/// <summary>Divides flat parameter memory into stretches that are updated alike.</summary>
internal static class UpdateRanges
{
    /// <summary>The stretches in order: neighbours with the same decay are one, frozen parameters are in none. Learning rates are 0.</summary>
    public static UpdateRange[] Of(ParameterStore parameters, double weightDecay)
    {
        var ranges = new List<UpdateRange>();
        bool extends = false;
        foreach (Parameter parameter in parameters.Parameters)
        {
            float decay = WeightDecay.AppliesTo(parameter) ? (float)weightDecay : 0;
            if (parameter.IsFrozen)
            {
                extends = false;
            }
            else if (extends && ranges[^1].WeightDecay == decay)
            {
                // The gap between two parameters is zero in values and gradients, and an update keeps it so.
                ranges[^1] = ranges[^1] with { Count = parameter.Offset + parameter.Shape.Count - ranges[^1].First };
            }
            else
            {
                ranges.Add(new UpdateRange(parameter.Offset, parameter.Shape.Count, LearningRate: 0, decay));
                extends = true;
            }
        }

        return [.. ranges];
    }
}
