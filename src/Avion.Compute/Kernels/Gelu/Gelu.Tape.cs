namespace Avion.Compute;

/// <summary>GELU as an operation of the tape.</summary>
public static class GeluTape
{
    /// <summary>GELU of every element; see <see cref="Gelu.Forward"/>. Behind a linear layer,
    /// <see cref="LinearGeluTape.LinearGelu"/> is cheaper.</summary>
    public static Tensor Gelu(this Tape tape, Tensor x, GeluKind kind)
    {
        Tensor y = tape.Output(x.Shape, tape.Wants(x));
        Compute.Gelu.Forward(tape.Device, x, kind, y);
        if (y.IsDifferentiable)
        {
            GeluNode node = tape.Record<GeluNode>(y);
            node.X = x;
            node.Kind = kind;
        }

        return y;
    }

    private sealed class GeluNode : Node
    {
        internal Tensor X;
        internal GeluKind Kind;

        internal override void Backward(Tape tape)
        {
            tape.TryGetGradient(Output, out Tensor dy);
            Tensor dx = tape.GradientFor(X, out bool accumulate);
            Compute.Gelu.Backward(tape.Device, dy, X, Kind, accumulate, dx);
        }
    }
}
