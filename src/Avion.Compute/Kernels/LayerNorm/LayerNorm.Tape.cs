namespace Avion.Compute;

public static partial class LayerNorm
{
    /// <summary>Layer normalization of every row of x; see <see cref="Forward"/>.</summary>
    /// <param name="tape">Where to record.</param>
    /// <param name="x">[N, D].</param>
    /// <param name="weight">[D].</param>
    /// <param name="bias">[D].</param>
    /// <param name="epsilon">Added to the variance: 1e-6 or 1e-5, as the checkpoint's family has it.</param>
    public static Tensor Normalize(this Tape tape, Tensor x, Parameter weight, Parameter bias, float epsilon)
    {
        bool differentiable = tape.Wants(x) || tape.Wants(weight) || tape.Wants(bias);
        Tensor y = tape.Output(x.Shape, differentiable);
        Tensor mean = tape.AllocateStatistics(new Shape(x.Shape.Rows));
        Tensor rstd = tape.AllocateStatistics(new Shape(x.Shape.Rows));
        Forward(tape.Device, x, weight.Value, bias.Value, epsilon, y, mean, rstd);
        if (y.IsDifferentiable)
        {
            LayerNormNode node = tape.Record<LayerNormNode>(y);
            node.X = x;
            node.Weight = weight;
            node.Bias = bias;
            node.Mean = mean;
            node.Rstd = rstd;
            node.Epsilon = epsilon;
        }

        return y;
    }

    // Mean and rstd are written over with the same numbers.
    private static Tensor NormalizeAgain(Tape tape, Tensor x, Parameter weight, Parameter bias, float epsilon, Tensor mean, Tensor rstd)
    {
        Tensor y = tape.Allocate(x.Shape);
        Forward(tape.Device, x, weight.Value, bias.Value, epsilon, y, mean, rstd);
        return y;
    }

    private sealed class LayerNormNode : Node
    {
        internal Tensor X, Mean, Rstd;
        internal Parameter Weight = null!, Bias = null!;
        internal float Epsilon;

        internal override Tensor Remake(Tape tape) => NormalizeAgain(tape, X, Weight, Bias, Epsilon, Mean, Rstd);

        internal override void Backward(Tape tape)
        {
            tape.TryGetGradient(Output, out Tensor dy);
            bool accumulate = false;
            Tensor dx = tape.Wants(X) ? tape.GradientFor(X, out accumulate) : default;
            LayerNorm.Backward(tape.Device, dy, X, Weight.Value, Mean, Rstd, accumulate, dx,
                tape.Wants(Weight) ? Weight.Gradient : default, tape.Wants(Bias) ? Bias.Gradient : default);
        }
    }
}
