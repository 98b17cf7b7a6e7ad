// N rows (tokens) · I inputs · O outputs
namespace Avion.Compute;

/// <summary>The linear layer with GELU as an operation of the tape.</summary>
public static class LinearGeluTape
{
    /// <summary>GELU(x Wᵀ + b); see <see cref="LinearGelu.Forward"/>.</summary>
    /// <param name="tape">Where to record.</param>
    /// <param name="x">[N, I].</param>
    /// <param name="weight">W, [O, I].</param>
    /// <param name="bias">[O], or null.</param>
    /// <param name="kind">Which GELU.</param>
    public static Tensor LinearGelu(this Tape tape, Tensor x, Parameter weight, Parameter? bias, GeluKind kind)
    {
        bool differentiable = tape.Wants(x) || tape.Wants(weight) || tape.Wants(bias);
        Shape shape = new(x.Shape.Rows, weight.Shape[0]);
        Tensor y = tape.Output(shape, differentiable);
        Tensor u = y.IsDifferentiable ? tape.Allocate(shape) : default;
        Compute.LinearGelu.Forward(tape.Device, x, weight.Value, bias is null ? default : bias.Value, kind, y, u);
        if (y.IsDifferentiable)
        {
            LinearGeluNode node = tape.Record<LinearGeluNode>(y);
            node.X = x;
            node.U = u;
            node.Kind = kind;
            node.Weight = weight;
            node.Bias = bias;
        }

        return y;
    }

    private sealed class LinearGeluNode : Node
    {
        internal Tensor X, U;
        internal GeluKind Kind;
        internal Parameter Weight = null!;
        internal Parameter? Bias;

        internal override Tensor Remake(Tape tape)
        {
            Tensor y = tape.Allocate(U.Shape);
            Gelu.Forward(tape.Device, U, Kind, y);
            return y;
        }

        internal override void Backward(Tape tape)
        {
            tape.TryGetGradient(Output, out Tensor dy);
            Compute.LinearGelu.Backward(tape.Device, dy, Kind, U, tape.Wants(Bias) ? Bias!.Gradient : default);
            LinearTape.Backward(tape, X, U, Weight, isInputMajor: false, dbias: default);
        }
    }
}
