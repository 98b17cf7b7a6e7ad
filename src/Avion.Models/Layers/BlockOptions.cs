using Avion.Compute;

namespace Avion.Models;

/// <summary>Sizes and choices of a transformer block.</summary>
/// <param name="Width">D, the size of a token.</param>
/// <param name="HeadCount">Attention heads.</param>
/// <param name="Gelu">The MLP's non-linearity.</param>
/// <param name="LayerNormEpsilon">Added to the variance in layer normalization.</param>
/// <param name="IsCausal">Whether a token sees only those before it.</param>
internal sealed record BlockOptions(int Width, int HeadCount, GeluKind Gelu, float LayerNormEpsilon, bool IsCausal = false)
{
    /// <summary>M, the width inside the MLP.</summary>
    public int MlpWidth => 4 * Width;
}

/// <summary>From what distributions the weights and biases of a block begin.</summary>
internal sealed record BlockInitialization(
    InitialValue Qkv, InitialValue AttentionOutput, InitialValue MlpIn, InitialValue MlpOut, InitialValue MlpInBias, InitialValue MlpOutBias)
{
    /// <summary>One distribution for all weights, and zero biases.</summary>
    public static BlockInitialization Same(InitialValue weights) =>
        new(weights, weights, weights, weights, InitialValue.Zero, InitialValue.Zero);
}
