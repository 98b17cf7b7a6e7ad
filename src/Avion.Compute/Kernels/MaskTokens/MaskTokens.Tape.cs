namespace Avion.Compute;

public static partial class MaskTokens
{
    /// <summary>Visible tokens at their places, the mask token everywhere else; see <see cref="MaskTokens"/>.</summary>
    /// <param name="tape">Where to record.</param>
    /// <param name="visible">[R, D].</param>
    /// <param name="mask">The learned token, D elements of any shape.</param>
    /// <param name="sources">int32 [M]: the row of visible for each place, or -1 for the mask token.</param>
    /// <returns>[M, D].</returns>
    public static Tensor InsertMaskTokens(this Tape tape, Tensor visible, Parameter mask, Tensor sources)
    {
        Tensor y = tape.Output(new Shape((int)sources.Count, visible.Shape.Columns), tape.Wants(visible) || tape.Wants(mask));
        Forward(tape.Device, visible, mask.Value, sources, y);
        if (y.IsDifferentiable)
        {
            MaskTokensNode node = tape.Record<MaskTokensNode>(y);
            (node.Visible, node.Mask, node.Sources) = (visible, mask, sources);
        }

        return y;
    }

    private sealed class MaskTokensNode : Node
    {
        internal Tensor Visible, Sources;
        internal Parameter Mask = null!;

        internal override void Backward(Tape tape)
        {
            tape.TryGetGradient(Output, out Tensor dy);
            bool accumulate = false;
            Tensor dvisible = tape.Wants(Visible) ? tape.GradientFor(Visible, out accumulate) : default;
            MaskTokens.Backward(tape.Device, dy, Sources, Visible.Shape.Rows, accumulate, dvisible,
                tape.Wants(Mask) ? Mask.Gradient : default);
        }
    }
}
