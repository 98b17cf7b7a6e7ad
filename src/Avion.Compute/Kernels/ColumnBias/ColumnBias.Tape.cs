namespace Avion.Compute;

public static partial class ColumnBias
{
    /// <summary>Adds a bias to some columns of an operation's result that nobody else needs; see <see cref="ColumnBias"/>.</summary>
    /// <param name="tape">Where to record.</param>
    /// <param name="x">[N, D]; its memory becomes the result's.</param>
    /// <param name="bias">[L].</param>
    /// <param name="firstColumn">F.</param>
    public static Tensor AddColumnBias(this Tape tape, Tensor x, Parameter bias, int firstColumn)
    {
        Tensor y = tape.OutputInPlace(x, tape.Wants(x) || tape.Wants(bias));
        Forward(tape.Device, bias.Value, firstColumn, y);
        if (y.IsDifferentiable)
        {
            ColumnBiasNode node = tape.Record<ColumnBiasNode>(y);
            (node.X, node.Bias, node.FirstColumn) = (x, bias, firstColumn);
        }

        return y;
    }

    private sealed class ColumnBiasNode : Node
    {
        internal Tensor X;
        internal Parameter Bias = null!;
        internal int FirstColumn;

        internal override void Backward(Tape tape)
        {
            tape.TryGetGradient(Output, out Tensor dy);
            if (tape.Wants(Bias))
            {
                ColumnBias.Backward(tape.Device, dy, FirstColumn, Bias.Gradient);
            }

            if (tape.Wants(X))
            {
                tape.PassGradient(Output, X);
            }
        }
    }
}
