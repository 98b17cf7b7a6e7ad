namespace Avion.Compute;

public static partial class PairRelevancy
{
    /// <summary>How relevant each text of a batch is to each clip of it; see <see cref="Gather"/>.</summary>
    /// <param name="tape">Where to compute.</param>
    /// <param name="codes">uint8 [R, C].</param>
    /// <param name="levels">[L], of the accumulations' type.</param>
    /// <param name="pairs">int32 [n, 2]: each pair's row and column; column -1 for a text of its own clip.</param>
    /// <returns>[n, n]: row t, column v the relevancy of text t to clip v. A constant.</returns>
    public static Tensor RelevancyOfPairs(this Tape tape, Tensor codes, Tensor levels, Tensor pairs)
    {
        Tensor y = tape.AllocateStatistics(new Shape(pairs.Shape.Rows, pairs.Shape.Rows));
        Gather(tape.Device, codes, levels, pairs, y);
        return y;
    }
}
