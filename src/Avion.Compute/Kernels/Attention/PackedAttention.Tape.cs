namespace Avion.Compute;

public static partial class PackedAttention
{
    /// <summary>Attention of packed sequences, each within itself; see <see cref="Forward"/>.</summary>
    /// <param name="tape">Where to record.</param>
    /// <param name="qkv">[N, 3·D]: queries, keys and values side by side, each (head, K).</param>
    /// <param name="offsets">The sequences.</param>
    /// <param name="headCount">H.</param>
    /// <param name="causal">Whether a token sees no token after itself.</param>
    /// <returns>[N, D].</returns>
    public static Tensor Attention(this Tape tape, Tensor qkv, SequenceOffsets offsets, int headCount, bool causal)
    {
        int tokens = qkv.Shape.Rows, width = qkv.Shape.Columns / 3;
        Tensor y = tape.Output(new Shape(tokens, width), tape.Wants(qkv));
        Tensor lse = tape.AllocateStatistics(new Shape(headCount, tokens));
        AttentionShape shape = CheckShapes("Attention", qkv, offsets, headCount, causal, y, lse);
        Forward(tape.Device, qkv, offsets, headCount, causal, y, lse);
        if (y.IsDifferentiable)
        {
            AttentionNode node = tape.Record<AttentionNode>(y);
            (node.Qkv, node.Lse, node.Shape) = (qkv, lse, shape);
        }

        return y;
    }

    private sealed class AttentionNode : Node
    {
        internal Tensor Qkv, Lse;
        internal AttentionShape Shape;

        internal override void Backward(Tape tape)
        {
            tape.TryGetGradient(Output, out Tensor dy);
            Tensor dqkv = tape.GradientFor(Qkv, out bool accumulate);
            PackedAttention.Backward(tape.Device, dy, Qkv, Output, Lse, Shape.Offsets, Shape.HeadCount, Shape.IsCausal, accumulate,
                dqkv);
        }
    }
}
