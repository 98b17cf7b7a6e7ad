namespace Avion.Compute;

public static partial class Rows
{
    /// <summary>Rows of x picked by number: y[r] = x[rows[r]]; see <see cref="Gather"/>.</summary>
    /// <param name="tape">Where to record.</param>
    /// <param name="x">[N, D].</param>
    /// <param name="rows">int32 [R]; a number may occur more than once.</param>
    /// <returns>[R, D].</returns>
    public static Tensor GatherRows(this Tape tape, Tensor x, Tensor rows)
    {
        Tensor y = tape.Output(new Shape((int)rows.Count, x.Shape.Columns), tape.Wants(x));
        Gather(tape.Device, x, rows, y);
        if (y.IsDifferentiable)
        {
            GatherNode node = tape.Record<GatherNode>(y);
            node.X = x;
            node.Rows = rows;
        }

        return y;
    }

    /// <summary>Rows put at numbers of a larger tensor: y[rows[r]] += x[r], all other rows zero; see <see cref="ScatterAdd"/>.</summary>
    /// <param name="tape">Where to record.</param>
    /// <param name="x">[R, D].</param>
    /// <param name="rows">int32 [R]; rows with the same number are added up.</param>
    /// <param name="rowCount">N.</param>
    /// <returns>[N, D].</returns>
    public static Tensor ScatterRows(this Tape tape, Tensor x, Tensor rows, int rowCount)
    {
        Tensor y = tape.Output(new Shape(rowCount, x.Shape.Columns), tape.Wants(x));
        ScatterAdd(tape.Device, x, rows, accumulate: false, y);
        if (y.IsDifferentiable)
        {
            ScatterNode node = tape.Record<ScatterNode>(y);
            node.X = x;
            node.Rows = rows;
        }

        return y;
    }

    private sealed class ScatterNode : Node
    {
        internal Tensor X, Rows;

        internal override void Backward(Tape tape)
        {
            tape.TryGetGradient(Output, out Tensor dy);
            Tensor dx = tape.GradientFor(X, out bool accumulate);
            Gather(tape.Device, dy, Rows, dx, accumulate);
        }
    }

    private sealed class GatherNode : Node
    {
        internal Tensor X, Rows;

        internal override void Backward(Tape tape)
        {
            tape.TryGetGradient(Output, out Tensor dy);
            Tensor dx = tape.GradientFor(X, out bool accumulate);
            ScatterAdd(tape.Device, dy, Rows, accumulate, dx);
        }
    }
}
