namespace Avion.Compute;

public static partial class CrossEntropy
{
    /// <summary>Cross-entropy with wanted distributions over classes; see <see cref="CrossEntropy"/>.</summary>
    /// <param name="tape">Where to record.</param>
    /// <param name="logits">[B, C].</param>
    /// <param name="target">[B, C] of the accumulations' type (<see cref="Tape.AllocateStatistics"/>), constant; rows usually sum
    /// to 1.</param>
    /// <returns>Scalar.</returns>
    public static Tensor SoftmaxCrossEntropy(this Tape tape, Tensor logits, Tensor target)
    {
        Tensor loss = tape.LossOutput(tape.Wants(logits));
        Tensor logSumExp = tape.AllocateStatistics(new Shape(logits.Shape.Rows));
        Forward(tape.Device, logits, target, logSumExp, loss);
        if (loss.IsDifferentiable)
        {
            CrossEntropyNode node = tape.Record<CrossEntropyNode>(loss);
            (node.Logits, node.Target, node.LogSumExp) = (logits, target, logSumExp);
        }

        return loss;
    }

    private sealed class CrossEntropyNode : Node
    {
        internal Tensor Logits, Target, LogSumExp;

        internal override void Backward(Tape tape)
        {
            tape.TryGetGradient(Output, out Tensor dloss);
            Tensor dlogits = tape.GradientFor(Logits, out bool accumulate);
            CrossEntropy.Backward(tape.Device, dloss, Logits, Target, LogSumExp, accumulate, dlogits);
        }
    }
}
