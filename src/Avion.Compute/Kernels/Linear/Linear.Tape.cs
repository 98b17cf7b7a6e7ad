// N rows (tokens) · I inputs · O outputs
namespace Avion.Compute;

/// <summary>The linear layer as an operation of the tape.</summary>
public static class LinearTape
{
    /// <summary>x Wᵀ + b; see <see cref="Linear.Forward"/>.</summary>
    /// <param name="tape">Where to record.</param>
    /// <param name="x">[N, I].</param>
    /// <param name="weight">W, [O, I].</param>
    /// <param name="bias">[O], or null.</param>
    public static Tensor Linear(this Tape tape, Tensor x, Parameter weight, Parameter? bias) =>
        Apply(tape, x, weight, isInputMajor: false, bias);

    /// <summary>x M; see <see cref="Linear.Forward"/>.</summary>
    /// <param name="tape">Where to record.</param>
    /// <param name="x">[N, I].</param>
    /// <param name="matrix">M, [I, O].</param>
    public static Tensor Project(this Tape tape, Tensor x, Parameter matrix) => Apply(tape, x, matrix, isInputMajor: true, bias: null);

    private static Tensor Apply(Tape tape, Tensor x, Parameter weight, bool isInputMajor, Parameter? bias)
    {
        bool differentiable = tape.Wants(x) || tape.Wants(weight) || tape.Wants(bias);
        Tensor y = tape.Output(new Shape(x.Shape.Rows, weight.Shape[isInputMajor ? 1 : 0]), differentiable);
        Compute.Linear.Forward(tape.Device, x, weight.Value, isInputMajor, bias is null ? default : bias.Value, y);
        if (y.IsDifferentiable)
        {
            LinearNode node = tape.Record<LinearNode>(y);
            node.X = x;
            node.Weight = weight;
            node.Bias = bias;
            node.IsInputMajor = isInputMajor;
        }

        return y;
    }

    private sealed class LinearNode : Node
    {
        internal Tensor X;
        internal Parameter Weight = null!;
        internal Parameter? Bias;
        internal bool IsInputMajor;

        internal override void Backward(Tape tape)
        {
            tape.TryGetGradient(Output, out Tensor dy);
            if (tape.Wants(Weight))
            {
                // Before there is a gradient of x: the two need not be held at once.
                Tensor x = tape.Recall(X);
                Compute.Linear.BackwardWeight(tape.Device, dy, x, IsInputMajor, Weight.Gradient);
                tape.Return(x, X);
            }

            if (tape.Wants(X))
            {
                Tensor dx = tape.GradientFor(X, out bool accumulate);
                Compute.Linear.BackwardInput(tape.Device, dy, Weight.Value, IsInputMajor, accumulate, dx);
            }

            if (tape.Wants(Bias))
            {
                ColumnSum.Accumulate(tape.Device, dy, Bias!.Gradient);
            }
        }
    }
}
