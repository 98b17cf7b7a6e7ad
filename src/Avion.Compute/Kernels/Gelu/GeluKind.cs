namespace Avion.Compute;

/// <summary>The Gaussian error linear unit and its two approximations, which published weights were trained with.</summary>
public enum GeluKind
{
    /// <summary>x · Φ(x), with the exact normal distribution function Φ.</summary>
    Erf,

    /// <summary>x · σ(1.702 · x), as OpenAI trained CLIP.</summary>
    Quick,

    /// <summary>The approximation by the hyperbolic tangent.</summary>
    Tanh,
}
