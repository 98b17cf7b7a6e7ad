using Avion.Compute;

namespace Avion.Models;

/// <summary>A stack of transformer blocks.</summary>
internal sealed class Transformer
{
    private readonly BlockParameters[] _blocks;

    /// <summary>Declares the blocks' parameters under <paramref name="prefix"/> followed by a number and a dot.</summary>
    /// <param name="declare">The model's parameters.</param>
    /// <param name="prefix">Such as <c>visual.transformer.resblocks.</c>.</param>
    /// <param name="names">The family's names.</param>
    /// <param name="layerCount">Number of blocks.</param>
    /// <param name="options">Sizes and choices of all blocks.</param>
    /// <param name="initial">First values of all blocks.</param>
    public Transformer(ParameterDeclarations declare, string prefix, BlockNames names, int layerCount, BlockOptions options,
        BlockInitialization initial)
    {
        _blocks = new BlockParameters[layerCount];
        for (int layer = 0; layer < layerCount; layer++)
        {
            _blocks[layer] = new BlockParameters(declare, $"{prefix}{layer}.", names, options, initial);
        }
    }

    /// <summary>Whether backward runs each block again instead of keeping what is inside.</summary>
    public bool Recomputes { get; set; }
}
