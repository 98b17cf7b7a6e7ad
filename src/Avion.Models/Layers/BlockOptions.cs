namespace Avion.Models;

/// <summary>Sizes and choices of a transformer block.</summary>
/// <param name="Width">D, the size of a token.</param>
/// <param name="HeadCount">Attention heads.</param>
/// <param name="Gelu">The MLP's non-linearity.</param>
/// <param name="LayerNormEpsilon">Added to the variance in layer normalization.</param>
/// <param name="IsCausal">Whether a token sees only those before it.</param>
/// <param name="LayerScale">First value of learned factors on the columns of both branches; null for none.</param>
internal sealed record BlockOptions(
    int Width, int HeadCount, GeluKind Gelu, float LayerNormEpsilon, bool IsCausal = false, float? LayerScale = null)
{
    /// <summary>M, the width inside the MLP.</summary>
    public int MlpWidth => 4 * Width;
}

/// <summary>From what distributions the weights and biases of a block begin.</summary>
internal sealed record BlockInitialization(
    InitialValue Qkv, InitialValue AttentionOutput, InitialValue MlpIn, InitialValue MlpOut, InitialValue MlpInBias,
    InitialValue MlpOutBias)
{
    /// <summary>One distribution for all weights, and zero biases.</summary>
    public static BlockInitialization Same(InitialValue weights) =>
        new(weights, weights, weights, weights, InitialValue.Zero, InitialValue.Zero);

    /// <summary>
    /// By width D and depth L: D^-½ into attention, (2D)^-½ into the MLP, D^-½ (2L)^-½ out of both, so that the residual stream grows
    /// little.
    /// </summary>
    /// <remarks>Source: Radford et al. 2021 (arXiv:2103.00020), after Radford et al. 2019, section 2.3.</remarks>
    public static BlockInitialization ByWidth(int width, int layerCount)
    {
        double byWidth = 1 / Math.Sqrt(width), byDepth = byWidth / Math.Sqrt(2 * layerCount);
        return new BlockInitialization(InitialValue.Normal(byWidth), InitialValue.Normal(byDepth),
            InitialValue.Normal(1 / Math.Sqrt(2 * width)), InitialValue.Normal(byDepth), InitialValue.FanIn(width),
            InitialValue.FanIn(4 * width));
    }
}
