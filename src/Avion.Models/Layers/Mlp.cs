namespace Avion.Models;

/// <summary>The second half of a block: the attention branch joins the residual stream, and the MLP follows.</summary>
internal static class Mlp
{
    /// <summary>s = x + branch; s + W₂ gelu(W₁ norm(s) + b₁) + b₂; branches may have a layer scale, and be dropped in training.</summary>
    public static Tensor AddTo(Tape tape, Tensor x, Tensor branch, SequenceOffsets offsets, BlockParameters p, BlockOptions options,
        BlockDrop drop)
    {
        branch = p.AttentionScale is null ? branch : tape.ScaleColumns(branch, p.AttentionScale);
        branch = drop.Apply(tape, branch, offsets, isMlp: false);
        Tensor normalized = tape.SumAndNormalize(x, branch, p.MlpNorm.Weight, p.MlpNorm.Bias, options.LayerNormEpsilon, out Tensor sum);
        Tensor inner = tape.LinearGelu(normalized, p.MlpIn.Weight, p.MlpIn.Bias, options.Gelu);
        tape.Forget(normalized);
        Tensor outer = tape.Linear(inner, p.MlpOut.Weight, p.MlpOut.Bias);
        tape.Forget(inner);
        outer = p.MlpScale is null ? outer : tape.ScaleColumns(outer, p.MlpScale);
        return tape.SumInto(sum, drop.Apply(tape, outer, offsets, isMlp: true));
    }
}
