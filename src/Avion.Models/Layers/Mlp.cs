using Avion.Compute;

namespace Avion.Models;

/// <summary>The second half of a block: the attention branch joins the residual stream, and the MLP follows.</summary>
internal static class Mlp
{
    /// <summary>s = x + branch; s + W₂ gelu(W₁ norm(s) + b₁) + b₂.</summary>
    public static Tensor AddTo(Tape tape, Tensor x, Tensor branch, BlockParameters p, BlockOptions options)
    {
        Tensor sum = tape.Sum(x, branch);
        Tensor normalized = tape.Normalize(sum, p.MlpNorm.Weight, p.MlpNorm.Bias, options.LayerNormEpsilon);
        Tensor inner = tape.LinearGelu(normalized, p.MlpIn.Weight, p.MlpIn.Bias, options.Gelu);
        Tensor outer = tape.Linear(inner, p.MlpOut.Weight, p.MlpOut.Bias);
        return tape.Sum(sum, outer);
    }
}
