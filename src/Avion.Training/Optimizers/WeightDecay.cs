using System;
using System.Collections.Generic;
using Avion.Compute;

namespace Avion.Training.Optimizers;

/// <summary>A stretch of flat parameter memory whose values are updated alike.</summary>
/// <param name="Offset">First element.</param>
/// <param name="Count">Elements.</param>
/// <param name="WeightDecay">Decay of these elements.</param>
public readonly record struct ParameterSlice(long Offset, long Count, float WeightDecay);

/// <summary>Which parameters decay.</summary>
public static class WeightDecay
{
    private static readonly string[] s_exemptNames = ["bias", "ln", "bn", "pos_embed", "positional_embedding"];

    /// <summary>Whether a parameter decays: it has two dimensions or more, and no part of its name exempts it.</summary>
    /// <remarks>
    /// Exempt are names that contain bias, ln, bn, pos_embed or positional_embedding, as in the reference. So temporal embeddings,
    /// projections and mask tokens decay; class embeddings and the logit scale do not.
    /// </remarks>
    public static bool AppliesTo(Parameter parameter) =>
        parameter.Shape.Rank >= 2 && !Array.Exists(s_exemptNames, part => parameter.Name.Contains(part, StringComparison.Ordinal));

    /// <summary>The stretches to update, in order: neighbours with the same decay are one, frozen parameters are in none.</summary>
    public static IReadOnlyList<ParameterSlice> Slices(ParameterStore parameters, double weightDecay)
    {
        var slices = new List<ParameterSlice>();
        bool extends = false;
        foreach (Parameter parameter in parameters.Parameters)
        {
            float decay = AppliesTo(parameter) ? (float)weightDecay : 0;
            if (parameter.IsFrozen)
            {
                extends = false;
            }
            else if (extends && slices[^1].WeightDecay == decay)
            {
                // The gap between two parameters is zero in values and gradients, and an update keeps it so.
                slices[^1] = slices[^1] with { Count = parameter.Offset + parameter.Shape.Count - slices[^1].Offset };
            }
            else
            {
                slices.Add(new ParameterSlice(parameter.Offset, parameter.Shape.Count, decay));
                extends = true;
            }
        }

        return slices;
    }
}
