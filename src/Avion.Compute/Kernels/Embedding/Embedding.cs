// N tokens · D columns (width) · V rows of the table (vocabulary)
namespace Avion.Compute;

/// <summary>Looks up the rows of a table that token identifiers name.</summary>
/// <remarks>
/// Forward: y[n] = table[ids[n]]. Backward: dtable[ids[n]] += dy[n], in the order of n for any number of threads.
/// Shapes: table, dtable [V, D]; ids int32 [N], 0 ≤ ids[n] &lt; V; y, dy [N, D].
/// Cost: forward 2 N·D elements of traffic; backward N·D operations, 3 N·D elements: rows of dtable that no token names are not touched.
/// Errors: an identifier outside the table is an ArgumentException that names it and its place.
/// </remarks>
public static class Embedding
{
    /// <summary>Rows of a table; see <see cref="Embedding"/>.</summary>
    /// <param name="tape">Where to record.</param>
    /// <param name="table">[V, D].</param>
    /// <param name="ids">int32 [N].</param>
    /// <returns>[N, D].</returns>
    public static Tensor Embed(this Tape tape, Parameter table, Tensor ids)
    {
        Tensor y = tape.Output(new Shape((int)ids.Count, table.Shape.Columns), tape.Wants(table));
        Rows.Gather(tape.Device, table.Value, ids, y);
        if (y.IsDifferentiable)
        {
            EmbedNode node = tape.Record<EmbedNode>(y);
            node.Table = table;
            node.Ids = ids;
        }

        return y;
    }

    private sealed class EmbedNode : Node
    {
        internal Parameter Table = null!;
        internal Tensor Ids;

        internal override void Backward(Tape tape)
        {
            tape.TryGetGradient(Output, out Tensor dy);
            Rows.ScatterAdd(tape.Device, dy, Ids, accumulate: true, Table.Gradient);
        }
    }
}
