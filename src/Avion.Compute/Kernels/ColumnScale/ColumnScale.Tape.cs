namespace Avion.Compute;

public static partial class ColumnScale
{
    /// <summary>Multiplies the columns by factors; see <see cref="ColumnScale"/>.</summary>
    /// <param name="tape">Where to record.</param>
    /// <param name="x">[N, D].</param>
    /// <param name="scale">[D].</param>
    public static Tensor ScaleColumns(this Tape tape, Tensor x, Parameter scale)
    {
        Tensor y = tape.Output(x.Shape, tape.Wants(x) || tape.Wants(scale));
        Forward(tape.Device, x, scale.Value, y);
        if (y.IsDifferentiable)
        {
            ColumnScaleNode node = tape.Record<ColumnScaleNode>(y);
            (node.X, node.Scale) = (x, scale);
        }

        return y;
    }

    private sealed class ColumnScaleNode : Node
    {
        internal Tensor X;
        internal Parameter Scale = null!;

        internal override void Backward(Tape tape)
        {
            tape.TryGetGradient(Output, out Tensor dy);
            bool accumulates = false;
            Tensor dx = tape.Wants(X) ? tape.GradientFor(X, out accumulates) : default;
            ColumnScale.Backward(tape.Device, dy, X, Scale.Value, tape.Wants(Scale) ? Scale.Gradient : default, accumulates, dx);
        }
    }
}
