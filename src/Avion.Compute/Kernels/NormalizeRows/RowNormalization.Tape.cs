namespace Avion.Compute;

public static partial class RowNormalization
{
    /// <summary>Rows scaled to length one; see <see cref="Forward"/>.</summary>
    /// <param name="tape">Where to record.</param>
    /// <param name="x">[N, E].</param>
    public static Tensor NormalizeRows(this Tape tape, Tensor x)
    {
        Tensor y = tape.Output(x.Shape, tape.Wants(x));
        Tensor inverseNorms = tape.AllocateStatistics(new Shape(x.Shape.Rows));
        Forward(tape.Device, x, y, inverseNorms);
        if (y.IsDifferentiable)
        {
            NormalizeNode node = tape.Record<NormalizeNode>(y);
            node.X = x;
            node.InverseNorms = inverseNorms;
        }

        return y;
    }

    private sealed class NormalizeNode : Node
    {
        internal Tensor X, InverseNorms;

        internal override void Backward(Tape tape)
        {
            tape.TryGetGradient(Output, out Tensor dy);
            Tensor dx = tape.GradientFor(X, out bool accumulate);
            RowNormalization.Backward(tape.Device, dy, Output, InverseNorms, accumulate, dx);
        }
    }
}
