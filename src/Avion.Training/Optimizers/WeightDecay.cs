namespace Avion.Training;

/// <summary>Which parameters weight decay pulls towards zero.</summary>
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
}
