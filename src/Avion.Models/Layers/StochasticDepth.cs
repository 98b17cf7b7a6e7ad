namespace Avion.Models;

/// <summary>Drops the branches of transformer blocks for whole samples during training, at random.</summary>
/// <remarks>
/// A kept branch is divided by the share that is kept, so that the mean stays. Draws come from (seed, block, step), so a recomputed
/// block draws the same. Source: Huang et al. 2016, "Deep networks with stochastic depth" (arXiv:1603.09382).
/// </remarks>
public sealed class StochasticDepth
{
    /// <summary>The share of samples that go without a branch: of all blocks, or of the last if
    /// <see cref="IsLinear"/>. 0 for evaluation.</summary>
    public float Rate { get; set; }

    /// <summary>Whether the rate rises from 0 in the first block to <see cref="Rate"/> in the last.</summary>
    public bool IsLinear { get; set; }

    /// <summary>The run's seed.</summary>
    public ulong Seed { get; set; }

    /// <summary>The step, set before each forward pass.</summary>
    public ulong Step { get; set; }
}

/// <summary>The place of one block in <see cref="StochasticDepth"/>.</summary>
internal readonly struct BlockDrop
{
    private readonly StochasticDepth? _depth;
    private readonly int _layer, _layerCount;

    public BlockDrop(StochasticDepth? depth, int layer, int layerCount) => (_depth, _layer, _layerCount) = (depth, layer, layerCount);

    public Tensor Apply(Tape tape, Tensor branch, SequenceOffsets offsets, bool isMlp)
    {
        if (_depth is null || _depth.Rate == 0)
        {
            return branch;
        }

        float share = _depth.IsLinear ? _layer / (float)System.Math.Max(1, _layerCount - 1) : 1;
        ulong place = (2 * (ulong)_layer) + (isMlp ? 1UL : 0);
        Tensor dropped = tape.DropPath(branch, offsets, _depth.Rate * share, DropKey.For(_depth.Seed, place, _depth.Step));
        if (dropped.Data != branch.Data)
        {
            tape.Forget(branch);
        }

        return dropped;
    }
}
