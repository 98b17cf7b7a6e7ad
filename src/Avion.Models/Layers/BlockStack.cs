namespace Avion.Models;

/// <summary>The blocks of one of a model's transformers, of which training may run some again instead of keeping what is inside.</summary>
/// <remarks>
/// The first blocks are recomputed, never a choice of others. Backward begins at the last block, where everything before is still kept;
/// a recomputed block there adds its inner values to the peak, while at the first blocks all the others are gone by then.
/// </remarks>
public sealed class BlockStack
{
    private readonly Transformer _blocks;

    internal BlockStack(string name, Transformer blocks) => (Name, _blocks) = (name, blocks);

    /// <summary>Which of the model's transformers, such as "vision".</summary>
    public string Name { get; }

    /// <summary>How many blocks there are.</summary>
    public int BlockCount => _blocks.BlockCount;

    /// <summary>How many of the first blocks backward runs again: less memory, more time, the same result to the last bit.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are not so many blocks.</exception>
    public int RecomputedCount
    {
        get => _blocks.Recomputed.Count(true);
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, BlockCount);
            _blocks.Recomputed[..value].Fill(true);
            _blocks.Recomputed[value..].Clear();
        }
    }

    /// <summary>Which blocks are recomputed; any choice computes the same.</summary>
    internal Span<bool> Recomputed => _blocks.Recomputed;
}
