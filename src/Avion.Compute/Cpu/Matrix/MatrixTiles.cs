namespace Avion.Compute;

/// <summary>How a product is cut into tiles, by its shape alone.</summary>
/// <remarks>
/// The longer side of a tile is halved until there is enough to share. Each halving makes the library pack more for the same
/// product, so long sides are cut freely, sides of middle length only for eight tiles, and short ones only to give four workers
/// something to do at all. See docs/numerics.md, "Matrix products", for the measurements.
/// </remarks>
internal static class MatrixTiles
{
    // Extents are cut at multiples of this, so that no tile but the last has rows or columns that fill no register tile.
    private const int Grain = 48;

    private const int LongSide = 1536;
    private const int MiddleSide = 768;
    private const int ShortSide = 192;

    // Below about 50 µs of work, handing out a tile costs more than sharing it gains.
    private const double SmallestSharedFlops = 16e6;

    /// <summary>Number of parts along the rows and the columns of C.</summary>
    public static (int RowTiles, int ColumnTiles) For(bool transposeA, int m, int n, int k)
    {
        // Packing a transposed A again for each stripe of columns costs more than packing B again for each stripe of rows.
        int columnWeight = transposeA ? 1 : 2;
        int rowTiles = 1, columnTiles = 1;
        while (true)
        {
            int rows = m / rowTiles, columns = n / columnTiles, side = Math.Max(rows, columns), tiles = rowTiles * columnTiles;
            bool divides = side > LongSide
                || (tiles < 8 && side > MiddleSide)
                || (tiles < 4 && side >= ShortSide && 2.0 * rows * columns * k >= SmallestSharedFlops);
            if (!divides)
            {
                return (rowTiles, columnTiles);
            }

            if (2L * rows >= (long)columnWeight * columns)
            {
                rowTiles *= 2;
            }
            else
            {
                columnTiles *= 2;
            }
        }
    }

    /// <summary>First index and length of a part.</summary>
    public static (int First, int Count) Part(int part, int parts, int extent)
    {
        int grains = (extent + Grain - 1) / Grain;
        (int first, int end) = Chunks.Range(part, parts, grains);
        first = Math.Min(extent, first * Grain);
        return (first, Math.Min(extent, end * Grain) - first);
    }

    /// <summary>Length of the longest part.</summary>
    public static int LongestPart(int parts, int extent)
    {
        int grains = (extent + Grain - 1) / Grain;
        return Math.Min(extent, (grains + parts - 1) / parts * Grain);
    }
}
