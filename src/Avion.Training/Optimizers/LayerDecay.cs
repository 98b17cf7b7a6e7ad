namespace Avion.Training;

/// <summary>Learning rates that fall from a model's output to its input, for fine-tuning.</summary>
/// <remarks>
/// factor = decay^(L + 1 - i), with L the blocks of the parameter's tower and layer i: 0 for embeddings of patches, tokens and positions
/// and what comes before the first block, k + 1 for block k. Whatever follows the blocks (norms, projections, heads, the logit scale) has
/// factor 1.
/// A tower is a stack of blocks with one prefix, such as <c>visual.transformer.resblocks.</c>; a model may have several.
/// Source: Clark et al. 2020, "ELECTRA", appendix A (arXiv:2003.10555); Bao et al. 2021, "BEiT", section 3 (arXiv:2106.08254).
/// </remarks>
internal sealed class LayerDecay
{
    private const string Blocks = "blocks.";

    private static readonly string[] s_inputs =
    [
        "patch_embed", "pos_embed", "cls_token", "mask_token", "conv1", "ln_pre", "class_embedding", "positional_embedding",
        "temporal_embedding", "token_embedding",
    ];

    private readonly double _decay;

    /// <summary>Blocks of each tower, by the prefix of its blocks' names.</summary>
    private readonly Dictionary<string, int> _blockCounts = new(StringComparer.Ordinal);

    public LayerDecay(ParameterStore parameters, double decay)
    {
        _decay = decay;
        foreach (Parameter parameter in parameters.Parameters)
        {
            if (TryReadBlock(parameter.Name, out string prefix, out int block))
            {
                _blockCounts[prefix] = Math.Max(_blockCounts.GetValueOrDefault(prefix), block + 1);
            }
        }
    }

    /// <summary>What the learning rate of a parameter is multiplied by.</summary>
    public double FactorOf(Parameter parameter)
    {
        if (_decay == 1)
        {
            return 1;
        }

        if (TryReadBlock(parameter.Name, out string prefix, out int block))
        {
            return Math.Pow(_decay, _blockCounts[prefix] - block);
        }

        return Array.Exists(s_inputs, part => parameter.Name.Contains(part, StringComparison.Ordinal))
            && TowerOf(parameter.Name) is { } blocks
            ? Math.Pow(_decay, blocks + 1)
            : 1;
    }

    /// <summary>Blocks of the tower whose input a parameter is: the one whose name begins alike, or the only one.</summary>
    private int? TowerOf(string name)
    {
        string part = name.Split('.')[0];
        foreach ((string prefix, int blocks) in _blockCounts)
        {
            if (_blockCounts.Count == 1 || prefix.StartsWith(part + ".", StringComparison.Ordinal))
            {
                return blocks;
            }
        }

        return null;
    }

    private static bool TryReadBlock(string name, out string prefix, out int block)
    {
        int at = name.IndexOf(Blocks, StringComparison.Ordinal) + Blocks.Length;
        int dot = at >= Blocks.Length ? name.IndexOf('.', at) : -1;
        prefix = dot > 0 ? name[..at] : "";
        block = 0;
        return dot > 0 && int.TryParse(name.AsSpan(at, dot - at), NumberStyles.None, CultureInfo.InvariantCulture, out block);
    }
}
