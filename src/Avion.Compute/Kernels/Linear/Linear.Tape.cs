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

    /// <summary>For a backward: passes dy on to x, a weight and a bias, as far as they want it.</summary>
    internal static void Backward(Tape tape, Tensor input, Tensor dy, Parameter weight, bool isInputMajor, Tensor dbias)
    {
        bool accumulate = false;
        Tensor x = input, dx = default, dweight = default;
        if (tape.Wants(weight))
        {
            x = tape.Recall(input);
            dweight = weight.Gradient;
            if (!Compute.Linear.IsJoint(tape.Device) || (x.Data != input.Data && x.Shape.Columns > dy.Shape.Columns))
            {
                // Before there is a gradient of x: the two need not be held at once, which would be the most that a step holds.
                Compute.Linear.BackwardWeight(tape.Device, dy, x, isInputMajor, dweight);
                tape.Return(x, input);
                dweight = default;
            }
        }

        if (tape.Wants(input))
        {
            dx = tape.GradientFor(input, out accumulate);
        }

        Compute.Linear.Backward(tape.Device, dy, x, weight.Value, isInputMajor, dweight, dbias, accumulate, dx);
        if (!dweight.IsAbsent)
        {
            tape.Return(x, input);
        }
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
            LinearTape.Backward(tape, X, dy, Weight, IsInputMajor, tape.Wants(Bias) ? Bias!.Gradient : default);
        }
    }
}
