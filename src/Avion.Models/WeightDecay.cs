using System;
using Avion.Compute;

namespace Avion.Models;

/// <summary>Which parameters weight decay pulls towards zero.</summary>
/// <remarks>
/// Matrices and tensors of more dimensions, except norms, biases and position tables; so the time embedding and the projections
/// decay, the class token and the logit scale do not. These are the groups of the reference's contrastive and pre-training runs.
/// </remarks>
public static class WeightDecay
{
    private static readonly string[] s_exempt = ["bias", "ln", "bn", "pos_embed", "positional_embedding"];

    /// <summary>Whether a parameter decays.</summary>
    public static bool Applies(Parameter parameter) => parameter.Shape.Rank >= 2
        && !Array.Exists(s_exempt, part => parameter.Name.Contains(part, StringComparison.Ordinal));
}
