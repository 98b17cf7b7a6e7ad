namespace Avion.Compute;

public static partial class SquaredError
{
    /// <summary>The mean of squared differences; see <see cref="SquaredError"/>.</summary>
    /// <param name="tape">Where to record.</param>
    /// <param name="x">Predictions.</param>
    /// <param name="target">What they should be; constant.</param>
    /// <returns>Scalar.</returns>
    public static Tensor MeanSquaredError(this Tape tape, Tensor x, Tensor target)
    {
        Tensor loss = tape.LossOutput(tape.Wants(x));
        Forward(tape.Device, x, target, loss);
        if (loss.IsDifferentiable)
        {
            SquaredErrorNode node = tape.Record<SquaredErrorNode>(loss);
            (node.X, node.Target) = (x, target);
        }

        return loss;
    }

    private sealed class SquaredErrorNode : Node
    {
        internal Tensor X, Target;

        internal override void Backward(Tape tape)
        {
            tape.TryGetGradient(Output, out Tensor dloss);
            Tensor dx = tape.GradientFor(X, out bool accumulate);
            SquaredError.Backward(tape.Device, dloss, X, Target, accumulate, dx);
        }
    }
}
