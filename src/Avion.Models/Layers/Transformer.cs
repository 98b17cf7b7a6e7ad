namespace Avion.Models;

/// <summary>A stack of transformer blocks.</summary>
internal sealed class Transformer : IDisposable
{
    private readonly TransformerBlock[] _blocks;
    private readonly bool[] _recomputed;
    private readonly PooledBlock? _pooledLast;
    private readonly PooledRow? _row;
    private readonly ClipOffsets _oneEach = new(1);

    /// <summary>Declares the blocks' parameters under <paramref name="prefix"/> followed by a number and a dot.</summary>
    /// <param name="declare">The model's parameters.</param>
    /// <param name="prefix">Such as <c>visual.transformer.resblocks.</c>.</param>
    /// <param name="names">The family's names.</param>
    /// <param name="layerCount">Number of blocks.</param>
    /// <param name="options">Sizes and choices of all blocks.</param>
    /// <param name="initial">First values of all blocks.</param>
    /// <param name="row">The row that <see cref="ForwardToRows"/> reads, if any.</param>
    /// <param name="depth">How often branches are dropped in training.</param>
    public Transformer(ParameterDeclarations declare, string prefix, BlockNames names, int layerCount, BlockOptions options,
        BlockInitialization initial, PooledRow? row = null, StochasticDepth depth = default)
    {
        _row = row;
        _blocks = new TransformerBlock[layerCount];
        _recomputed = new bool[layerCount];
        for (int layer = 0; layer < layerCount; layer++)
        {
            BlockParameters parameters = new(declare, $"{prefix}{layer}.", names, options, initial);
            BlockDrop drop = depth.Of(layer, layerCount);
            _blocks[layer] = new TransformerBlock(parameters, options, drop);

            // Under a causal mask only the last row sees its whole sequence.
            if (layer == layerCount - 1 && row is { } read && (!options.IsCausal || read == PooledRow.Last))
            {
                _pooledLast = new PooledBlock(parameters, options, read, drop, _oneEach);
            }
        }
    }

    /// <summary>Number of blocks.</summary>
    public int BlockCount => _blocks.Length;

    /// <summary>Which blocks backward runs again instead of keeping what is inside.</summary>
    public Span<bool> Recomputed => _recomputed;

    /// <summary>Whether <see cref="ForwardToRows"/> leaves out what cannot reach its result.</summary>
    public bool SkipsUnreadRows { get; set; } = true;

    /// <summary>Runs all blocks: [N, D] to [N, D].</summary>
    public Tensor Forward(Tape tape, Tensor x, SequenceOffsets offsets) => Forward(tape, x, offsets, _blocks.Length);

    /// <summary>Runs all blocks and gathers one row of each sequence: [N, D] to [B, D].</summary>
    public Tensor ForwardToRows(Tape tape, Tensor x, SequenceOffsets offsets)
    {
        if (SkipsUnreadRows && _pooledLast is not null)
        {
            Tensor before = Forward(tape, x, offsets, _blocks.Length - 1);
            return tape.Checkpoint(_pooledLast, before, offsets, _recomputed[^1]);
        }

        Tensor all = Forward(tape, x, offsets, _blocks.Length);
        return tape.GatherRows(all, PooledBlock.RowOfEach(offsets, _row!.Value));
    }

    public void Dispose() => _oneEach.Dispose();

    private Tensor Forward(Tape tape, Tensor x, SequenceOffsets offsets, int blockCount)
    {
        for (int layer = 0; layer < blockCount; layer++)
        {
            x = tape.Checkpoint(_blocks[layer], x, offsets, _recomputed[layer]);
        }

        return x;
    }
}
