namespace Avion.Compute;

/// <summary>The rows of all ranks, differentiable.</summary>
/// <remarks>
/// y = [x of rank 0; x of rank 1; …] on every rank. Backward: every rank's loss may depend on every row, so
/// dx = Σ over the ranks of their dy, this rank's rows; summed in rank order.
/// Shapes: x, dx [b, D], the same on every rank; y, dy [b · ranks, D]; this rank's rows begin at rank · b.
/// </remarks>
public static class AllGatherRowsOperation
{
    /// <summary>Gathers the rows of all ranks, in rank order; with one rank, x itself.</summary>
    /// <param name="tape">Where to record.</param>
    /// <param name="communicator">This rank's end. Every rank makes the call, and every rank goes backward through it or none does.</param>
    /// <param name="x">[b, D].</param>
    /// <returns>[b · ranks, D].</returns>
    public static Tensor AllGatherRows(this Tape tape, Communicator communicator, Tensor x)
    {
        if (communicator.RankCount == 1)
        {
            return x;
        }

        Tensor y = tape.Output(new Shape(checked(x.Shape.Rows * communicator.RankCount), x.Shape.Columns), tape.Wants(x));
        communicator.AllGather(x, y);
        if (y.IsDifferentiable)
        {
            AllGatherRowsNode node = tape.Record<AllGatherRowsNode>(y);
            (node.Communicator, node.X) = (communicator, x);
        }

        return y;
    }

    private sealed class AllGatherRowsNode : Node
    {
        internal Communicator Communicator = null!;
        internal Tensor X;

        internal override void Backward(Tape tape)
        {
            tape.TryGetGradient(Output, out Tensor dy);
            Tensor dx = tape.GradientFor(X, out bool accumulate);
            if (!accumulate)
            {
                Communicator.ReduceScatterSum(dy, dx);
                return;
            }

            Tensor share = tape.Allocate(X.Shape);
            Communicator.ReduceScatterSum(dy, share);
            Add.Accumulate(tape.Device, share, dx);
            tape.Free(share);
        }
    }
}
