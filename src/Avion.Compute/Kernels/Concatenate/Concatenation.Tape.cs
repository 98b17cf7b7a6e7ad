namespace Avion.Compute;

public static partial class Concatenation
{
    /// <summary>Each sequence of a followed by that of b; see <see cref="Concatenation"/>.</summary>
    /// <param name="tape">Where to record.</param>
    /// <param name="a">[N, D].</param>
    /// <param name="aOffsets">Sequences of a.</param>
    /// <param name="b">[M, D].</param>
    /// <param name="bOffsets">Sequences of b, as many.</param>
    /// <returns>[N + M, D], with the sequences that <see cref="Offsets"/> tells.</returns>
    public static Tensor ConcatenateRows(this Tape tape, Tensor a, SequenceOffsets aOffsets, Tensor b, SequenceOffsets bOffsets)
    {
        Tensor y = tape.Output(new Shape(a.Shape.Rows + b.Shape.Rows, a.Shape.Columns), tape.Wants(a) || tape.Wants(b));
        Forward(tape.Device, a, aOffsets, b, bOffsets, y);
        if (y.IsDifferentiable)
        {
            ConcatenationNode node = tape.Record<ConcatenationNode>(y);
            (node.A, node.B, node.FirstOffsets, node.SecondOffsets) = (a, b, aOffsets, bOffsets);
        }

        return y;
    }

    private sealed class ConcatenationNode : Node
    {
        internal Tensor A, B;
        internal SequenceOffsets FirstOffsets, SecondOffsets;

        internal override void Backward(Tape tape)
        {
            tape.TryGetGradient(Output, out Tensor dy);
            if (tape.Wants(A))
            {
                Tensor da = tape.GradientFor(A, out bool accumulate);
                Concatenation.Backward(tape.Device, dy, FirstOffsets, SecondOffsets, isSecond: false, accumulate, da);
            }

            if (tape.Wants(B))
            {
                Tensor db = tape.GradientFor(B, out bool accumulate);
                Concatenation.Backward(tape.Device, dy, FirstOffsets, SecondOffsets, isSecond: true, accumulate, db);
            }
        }
    }
}
