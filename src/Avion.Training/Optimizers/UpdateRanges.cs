namespace Avion.Training;

/// <summary>Divides flat parameter memory into stretches that are updated alike.</summary>
internal static class UpdateRanges
{
    /// <summary>The stretches in order, with the factor that layer decay puts on each one's learning rate.</summary>
    /// <remarks>Neighbours with the same decay and factor are one, frozen parameters are in none.</remarks>
    public static UpdateRange[] Of(ParameterStore parameters, double weightDecay, double layerDecay = 1)
    {
        LayerDecay layers = new(parameters, layerDecay);
        List<UpdateRange> ranges = [];
        bool extends = false;
        foreach (Parameter parameter in parameters.Parameters)
        {
            float decay = WeightDecay.AppliesTo(parameter) ? (float)weightDecay : 0;
            double factor = layers.FactorOf(parameter);
            if (parameter.IsFrozen)
            {
                extends = false;
            }
            else if (extends && ranges[^1].WeightDecay == decay && ranges[^1].RateFactor == factor)
            {
                // The gap between two parameters is zero in values and gradients, and an update keeps it so.
                ranges[^1] = ranges[^1] with { Count = parameter.Offset + parameter.Shape.Count - ranges[^1].First };
            }
            else
            {
                ranges.Add(new UpdateRange(parameter.Offset, parameter.Shape.Count, factor, decay));
                extends = true;
            }
        }

        return [.. ranges];
    }
}
