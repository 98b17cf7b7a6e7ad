namespace Avion.Compute;

/// <summary>How attention's scores are cut into tiles, and how a worker's scratch memory holds them.</summary>
/// <remarks>
/// Sizes follow from the longest sequence, the head and the vector width alone. Backward, a tile of probabilities, the gradients of
/// its scores and the factors of its five products fit half a second-level cache of a mebibyte.
/// </remarks>
internal readonly struct AttentionTiling
{
    /// <summary>Largest number of query rows of a tile: whole blocks of registers.</summary>
    public const int QueryTile = 8 * PanelProduct.LargestBlockRows;

    /// <summary>Largest number of keys of a tile: whole panels at every vector width.</summary>
    public const int KeyTile = 192;

    private readonly int _longest;

    public AttentionTiling(in AttentionShape shape)
    {
        _longest = shape.Offsets.LongestLength;
        HeadSize = shape.HeadSize;
        HeadColumns = PanelProduct.RoundUp(HeadSize);
        HeadStride = HeadSize <= PanelProduct.NarrowRows.RowStride ? PanelProduct.NarrowRows.RowStride : PanelProduct.WideRows.RowStride;
        TileRows = Math.Min(QueryTile, _longest) + PanelProduct.SpareRows;
        TileKeys = Math.Min(KeyTile, PanelColumns(_longest));
    }

    /// <summary>K.</summary>
    public int HeadSize { get; }

    /// <summary>K with the last vector filled: elements from one row of values or gradients in scratch memory to the next.</summary>
    public int HeadColumns { get; }

    /// <summary>Elements from one row of queries or gradients of outputs to the next, which are left factors: one of two that the compiler knows.</summary>
    public int HeadStride { get; }

    /// <summary>Rows that a tile of queries has room for.</summary>
    public int TileRows { get; }

    /// <summary>Keys that a tile of keys has room for, whole panels.</summary>
    public int TileKeys { get; }

    /// <summary>Elements of a tile of scores.</summary>
    public int TileCount => TileRows * PanelProduct.LeftStride;

    /// <summary>Elements of an output, or of query gradients, of a tile's rows.</summary>
    public int OutputCount => TileRows * HeadColumns;

    /// <summary>Elements of a number of keys, transposed, in whole panels.</summary>
    public int TransposedCount(int keys) => PanelColumns(keys) * HeadSize;

    /// <summary>Elements of rows of queries or gradients of outputs, with those that a product may read beyond.</summary>
    public int LeftCount(int rows) => (rows + PanelProduct.SpareRows) * HeadStride;

    /// <summary>Elements of rows of a head in scratch memory, with those that a product may write beyond.</summary>
    public int RowCount(int rows) => (rows + PanelProduct.SpareRows) * HeadColumns;

    /// <summary>Scratch of one worker forward: queries, scores, output, statistics of a tile; transposed keys and values of a head.</summary>
    public int ForwardScratch => Aligned(TileRows * HeadStride) + Aligned(TileCount) + Aligned(OutputCount) + (2 * Aligned(TileRows))
        + Aligned(TileRows * PanelProduct.VectorColumns) + Aligned(TransposedCount(_longest)) + Aligned(RowCount(_longest));

    /// <summary>Scratch of one worker backward: probabilities and gradients of scores of a tile; transposed keys and values, keys,
    /// gradients of keys and values of a tile; queries, gradients of outputs and of queries, statistics of a head.</summary>
    public int BackwardScratch => (2 * Aligned(TileCount)) + (2 * Aligned(LeftCount(_longest))) + (2 * Aligned(TransposedCount(TileKeys))) + (3 * Aligned(RowCount(TileKeys)))
        + Aligned(RowCount(_longest)) + (2 * Aligned(_longest + PanelProduct.SpareRows));

    /// <summary>Tiles of queries.</summary>
    public static EvenTiles QueryTiles(int length) => new(length, PanelProduct.LargestBlockRows, QueryTile);

    /// <summary>Tiles of keys.</summary>
    public static EvenTiles KeyTiles(int length) => new(length, PanelProduct.PanelWidth, KeyTile);

    /// <summary>Takes aligned memory for some elements from the front of a worker's scratch.</summary>
    public static unsafe float* Take(ref float* scratch, int count)
    {
        float* taken = scratch;
        scratch += Aligned(count);
        return taken;
    }

    private static int PanelColumns(int keys) => (keys + PanelProduct.PanelWidth - 1) / PanelProduct.PanelWidth * PanelProduct.PanelWidth;

    private static int Aligned(int count) => (count + 15) / 16 * 16;
}
