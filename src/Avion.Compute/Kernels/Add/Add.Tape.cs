namespace Avion.Compute;

public static partial class Add
{
    /// <summary>a + b; see <see cref="Forward"/>.</summary>
    public static Tensor Sum(this Tape tape, Tensor a, Tensor b) =>
        Record(tape, a, b, tape.Output(a.Shape, tape.Wants(a) || tape.Wants(b), a.Type));

    /// <summary>a + b, written over b: a result that nobody else reads, its own backward included, such as a linear layer's.</summary>
    public static Tensor SumInto(this Tape tape, Tensor a, Tensor b) =>
        Record(tape, a, b, tape.OutputInPlace(b, tape.Wants(a) || tape.Wants(b)));

    private static Tensor Record(Tape tape, Tensor a, Tensor b, Tensor y)
    {
        Forward(tape.Device, a, b, y);
        if (y.IsDifferentiable)
        {
            AddNode node = tape.Record<AddNode>(y);
            node.A = a;
            node.B = b;
        }

        return y;
    }

    private sealed class AddNode : Node
    {
        internal Tensor A, B;

        internal override void Backward(Tape tape)
        {
            if (tape.Wants(A))
            {
                tape.PassGradient(Output, A);
            }

            if (tape.Wants(B))
            {
                tape.PassGradient(Output, B);
            }
        }
    }
}
