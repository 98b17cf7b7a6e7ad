namespace Avion.Compute;

/// <summary>How attention's scores are cut into tiles, and how a worker's scratch memory holds them.</summary>
/// <remarks>
/// Sizes follow from the longest sequence, the head and the vector width alone. A tile of scores, its gradient and the panels of its
/// keys fit a second-level cache of half a mebibyte.
/// </remarks>
internal readonly struct AttentionTiling
{
    /// <summary>Query rows of a tile: whole blocks of registers.</summary>
    public const int QueryTile = 16 * PanelProduct.BlockRows;

    /// <summary>Keys of a tile: whole panels at every vector width.</summary>
    public const int KeyTile = 192;

    private readonly int _longest;

    public AttentionTiling(in AttentionShape shape)
    {
        _longest = shape.Offsets.LongestLength;
        HeadSize = shape.HeadSize;
        HeadColumns = PanelProduct.RoundUp(HeadSize);
        QueryRows = Math.Min(QueryTile, _longest);
        KeyColumns = Math.Min(KeyTile, PanelProduct.RoundUp(_longest));
    }

    /// <summary>K.</summary>
    public int HeadSize { get; }

    /// <summary>K with the last panel filled.</summary>
    public int HeadColumns { get; }

    /// <summary>Largest number of query rows of a tile.</summary>
    public int QueryRows { get; }

    /// <summary>Elements from one row of a tile to the next.</summary>
    public int KeyColumns { get; }

    /// <summary>Elements of a tile of scores.</summary>
    public int ScoreCount => QueryRows * KeyColumns;

    /// <summary>Elements of the panels of transposed keys or values of a tile.</summary>
    public int TransposedCount => HeadSize * KeyColumns;

    /// <summary>Elements of the panels of keys or values of a tile.</summary>
    public int KeyPanelCount => KeyColumns * HeadColumns;

    /// <summary>Elements of the panels of queries of a tile.</summary>
    public int QueryPanelCount => QueryRows * HeadColumns;

    /// <summary>Scratch of one worker forward: scores, transposed keys, values, a sum a query.</summary>
    public int ForwardScratch => Aligned(ScoreCount) + Aligned(TransposedCount) + Aligned(KeyPanelCount) + Aligned(_longest);

    /// <summary>Scratch of one worker backward: scores and their gradient, transposed keys and
    /// values, keys, queries, a dot a query.</summary>
    public int BackwardScratch => (2 * Aligned(ScoreCount)) + (2 * Aligned(TransposedCount)) + Aligned(KeyPanelCount)
        + Aligned(QueryPanelCount) + Aligned(_longest);

    /// <summary>Takes aligned memory for some elements from the front of a worker's scratch.</summary>
    public static unsafe float* Take(ref float* scratch, int count)
    {
        float* taken = scratch;
        scratch += Aligned(count);
        return taken;
    }

    private static int Aligned(int count) => (count + 15) / 16 * 16;
}
