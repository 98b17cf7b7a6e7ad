namespace Avion.Compute;

public static partial class Add
{
    /// <summary>a + b; see <see cref="Forward"/>.</summary>
    public static Tensor Sum(this Tape tape, Tensor a, Tensor b)
    {
        bool differentiable = tape.Wants(a) || tape.Wants(b);
        Tensor y = tape.Output(a.Shape, differentiable);
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
