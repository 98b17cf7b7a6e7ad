namespace Avion.Compute;

public static partial class MeanPooling
{
    /// <summary>The mean of each sequence's tokens; see <see cref="Forward"/>.</summary>
    /// <param name="tape">Where to record.</param>
    /// <param name="x">[N, D].</param>
    /// <param name="offsets">The sequences of x.</param>
    /// <returns>[B, D].</returns>
    public static Tensor MeanPool(this Tape tape, Tensor x, SequenceOffsets offsets)
    {
        Tensor y = tape.Output(new Shape(offsets.Count, x.Shape.Columns), tape.Wants(x));
        Forward(tape.Device, x, offsets, y);
        if (y.IsDifferentiable)
        {
            MeanPoolNode node = tape.Record<MeanPoolNode>(y);
            node.X = x;
            node.Offsets = offsets;
        }

        return y;
    }

    private sealed class MeanPoolNode : Node
    {
        internal Tensor X;
        internal SequenceOffsets Offsets;

        internal override void Backward(Tape tape)
        {
            tape.TryGetGradient(Output, out Tensor dy);
            Tensor dx = tape.GradientFor(X, out bool accumulate);
            MeanPooling.Backward(tape.Device, dy, Offsets, accumulate, dx);
        }
    }
}
