namespace Avion.Compute;

/// <summary>Shapes of blocks that may be chosen for a GPU's speed; none of them changes a result.</summary>
internal sealed record CudaTiles
{
    /// <summary>Queries of a block of attention's forward, for heads of 64.</summary>
    public int AttentionForwardRows { get; init; } = 64;

    /// <summary>Queries, or keys, of a block of attention's backward, for heads of 64.</summary>
    public int AttentionBackwardRows { get; init; } = 64;

    /// <summary>Rows of a block of layer norm's forward, each of a warp.</summary>
    public int LayerNormRows { get; init; } = 8;

    /// <summary>Blocks a multiprocessor of kernels for single elements, whose threads go on where there is more work.</summary>
    public int ElementBlocks { get; init; } = 8;
}

/// <summary>One shape: its name in the table, and what there are kernels for.</summary>
/// <param name="Name">Key of the table.</param>
/// <param name="Candidates">Values that it may have.</param>
/// <param name="Operations">Operations whose speed it decides.</param>
/// <param name="Get">Reads it.</param>
/// <param name="Set">Replaces it.</param>
internal sealed record CudaTile(
    string Name, IReadOnlyList<int> Candidates, IReadOnlyList<string> Operations, Func<CudaTiles, int> Get, Func<CudaTiles, int, CudaTiles> Set)
{
    /// <summary>All shapes.</summary>
    public static IReadOnlyList<CudaTile> All { get; } =
    [
        new("attention_forward_rows", [64, 128], ["PackedAttention.Forward"], tiles => tiles.AttentionForwardRows,
            (tiles, value) => tiles with { AttentionForwardRows = value }),
        new("attention_backward_rows", [64, 128], ["PackedAttention.Backward"], tiles => tiles.AttentionBackwardRows,
            (tiles, value) => tiles with { AttentionBackwardRows = value }),
        new("layer_norm_rows", [2, 4, 8], ["LayerNorm.Forward", "LayerNorm.SumForward"], tiles => tiles.LayerNormRows,
            (tiles, value) => tiles with { LayerNormRows = value }),
        new("element_blocks", [4, 8, 16, 32], ["Add.Forward", "Gelu.Forward", "Gelu.Backward"], tiles => tiles.ElementBlocks,
            (tiles, value) => tiles with { ElementBlocks = value }),
    ];
}
