namespace Avion.Compute;

public static partial class Positions
{
    /// <summary>x plus learned positions; see <see cref="Forward"/>.</summary>
    /// <param name="tape">Where to record.</param>
    /// <param name="x">[N, D].</param>
    /// <param name="positions">[L, D], L at least the longest sequence.</param>
    /// <param name="offsets">The sequences of x.</param>
    public static Tensor AddPositions(this Tape tape, Tensor x, Parameter positions, SequenceOffsets offsets) =>
        AddPositions(tape, x, positions.Value, positions, offsets);

    /// <summary>x plus fixed positions, such as <see cref="SinusoidPositions"/>.</summary>
    /// <param name="tape">Where to record.</param>
    /// <param name="x">[N, D].</param>
    /// <param name="positions">[L, D], constant.</param>
    /// <param name="offsets">The sequences of x.</param>
    public static Tensor AddPositions(this Tape tape, Tensor x, Tensor positions, SequenceOffsets offsets) =>
        AddPositions(tape, x, positions, null, offsets);

    private static Tensor AddPositions(Tape tape, Tensor x, Tensor values, Parameter? positions, SequenceOffsets offsets)
    {
        Tensor y = tape.Output(x.Shape, tape.Wants(x) || tape.Wants(positions));
        Forward(tape.Device, x, values, offsets, y);
        if (y.IsDifferentiable)
        {
            PositionsNode node = tape.Record<PositionsNode>(y);
            node.X = x;
            node.Positions = positions;
            node.Offsets = offsets;
        }

        return y;
    }

    private sealed class PositionsNode : Node
    {
        internal Tensor X;
        internal Parameter? Positions;
        internal SequenceOffsets Offsets;

        internal override void Backward(Tape tape)
        {
            tape.TryGetGradient(Output, out Tensor dy);
            if (tape.Wants(Positions))
            {
                Avion.Compute.Positions.Backward(tape.Device, dy, Offsets, Positions!.Gradient);
            }

            if (tape.Wants(X))
            {
                tape.PassGradient(Output, X);
            }
        }
    }
}
