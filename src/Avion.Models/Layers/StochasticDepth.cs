namespace Avion.Models;

/// <summary>Drops the branches of transformer blocks for whole samples during training, at random.</summary>
/// <remarks>
/// A kept branch is divided by the share that is kept, so that the mean stays. Draws come from the step, the block and the sample's
/// number in the step, so a recomputed block draws the same, on any number of ranks.
/// Source: Huang et al. 2016, "Deep networks with stochastic depth" (arXiv:1603.09382).
/// </remarks>
/// <param name="Rate">The share of samples that go without a branch: of all blocks, or of the last if <paramref name="IsLinear"/>.</param>
/// <param name="IsLinear">Whether the rate rises from 0 in the first block to <paramref name="Rate"/> in the last.</param>
internal readonly record struct StochasticDepth(float Rate, bool IsLinear = false)
{
    /// <summary>What one block drops.</summary>
    public BlockDrop Of(int layer, int layerCount) =>
        new(layer, Rate * (IsLinear ? layer / (float)Math.Max(1, layerCount - 1) : 1));
}

/// <summary>The place of one block in <see cref="StochasticDepth"/>, and its own rate.</summary>
internal readonly record struct BlockDrop(int Layer, float Rate)
{
    public Tensor Apply(Tape tape, Tensor branch, SequenceOffsets offsets, bool isMlp)
    {
        if (!tape.Context.IsTraining || Rate == 0)
        {
            return branch;
        }

        ulong place = (2 * (ulong)Layer) + (isMlp ? 1UL : 0);
        Tensor dropped = tape.DropPath(branch, offsets, Rate, DropKey.For(tape, place));
        tape.Forget(branch);
        return dropped;
    }
}
