namespace Avion.Compute;

/// <summary>Dropout and drop path as operations of the tape.</summary>
public static class DropoutTape
{
    /// <summary>x with elements set to zero at random; x itself at rate 0, which evaluation passes. See
    /// <see cref="Dropout.Apply"/>.</summary>
    /// <remarks>A tape that does not record still draws, because the first run of a checkpointed
    /// block must compute what the second does.</remarks>
    public static Tensor Dropout(this Tape tape, Tensor x, float rate, DropKey key) => Apply(tape, x, null, rate, key);

    /// <summary>
    /// x with all rows of a sequence set to zero at random; x itself at rate 0, which evaluation passes. See <see cref="Dropout.Apply"/>.
    /// </summary>
    public static Tensor DropPath(this Tape tape, Tensor x, SequenceOffsets offsets, float rate, DropKey key) =>
        Apply(tape, x, offsets, rate, key);

    private static Tensor Apply(Tape tape, Tensor x, SequenceOffsets? offsets, float rate, DropKey key)
    {
        if (rate == 0)
        {
            return x;
        }

        Tensor y = tape.Output(x.Shape, tape.Wants(x));
        Compute.Dropout.Apply(tape.Device, x, offsets, rate, key, accumulate: false, y);
        if (y.IsDifferentiable)
        {
            DropoutNode node = tape.Record<DropoutNode>(y);
            node.X = x;
            node.Offsets = offsets;
            node.Rate = rate;
            node.Key = key;
        }

        return y;
    }

    private sealed class DropoutNode : Node
    {
        internal Tensor X;
        internal SequenceOffsets? Offsets;
        internal float Rate;
        internal DropKey Key;

        internal override void Backward(Tape tape)
        {
            tape.TryGetGradient(Output, out Tensor dy);
            Tensor dx = tape.GradientFor(X, out bool accumulate);
            Compute.Dropout.Apply(tape.Device, dy, Offsets, Rate, Key, accumulate, dx);
        }
    }
}
