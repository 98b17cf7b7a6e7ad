namespace Avion.Compute;

public static partial class PooledAttention
{
    /// <summary>Attention from one query of each sequence to all its tokens; see <see cref="PooledAttention"/>.</summary>
    /// <param name="tape">Where to record.</param>
    /// <param name="q">[B, D].</param>
    /// <param name="keyValue">[N, 2D], columns (two, head, K).</param>
    /// <param name="offsets">The sequences of keyValue.</param>
    /// <param name="headCount">A.</param>
    public static Tensor AttendFromOneRow(this Tape tape, Tensor q, Tensor keyValue, SequenceOffsets offsets, int headCount)
    {
        Tensor y = tape.Output(q.Shape, tape.Wants(q) || tape.Wants(keyValue));
        Tensor logSumExp = tape.AllocateStatistics(new Shape(offsets.Count, headCount));
        Forward(tape.Device, q, keyValue, offsets, headCount, y, logSumExp);
        if (y.IsDifferentiable)
        {
            PooledAttentionNode node = tape.Record<PooledAttentionNode>(y);
            node.Q = q;
            node.KeyValue = keyValue;
            node.LogSumExp = logSumExp;
            node.Offsets = offsets;
            node.HeadCount = headCount;
        }

        return y;
    }

    private sealed class PooledAttentionNode : Node
    {
        internal Tensor Q, KeyValue, LogSumExp;
        internal SequenceOffsets Offsets;
        internal int HeadCount;

        internal override void Backward(Tape tape)
        {
            tape.TryGetGradient(Output, out Tensor dy);
            Tensor dq = Target(tape, Q, out bool accumulateQ);
            Tensor dkeyValue = Target(tape, KeyValue, out bool accumulateKeyValue);
            PooledAttention.Backward(tape.Device, dy, Q, KeyValue, Output, LogSumExp, Offsets, HeadCount,
                accumulateQ, accumulateKeyValue, dq, dkeyValue);
        }

        // Both inputs come from trained projections, so a gradient that nobody wants is a rare case and goes to scratch.
        private static Tensor Target(Tape tape, Tensor input, out bool accumulate)
        {
            accumulate = false;
            return tape.Wants(input) ? tape.GradientFor(input, out accumulate) : tape.Allocate(input.Shape);
        }
    }
}
