// L positions · D columns (width)

namespace Avion.Compute;

/// <summary>The fixed position table of sines and cosines.</summary>
/// <remarks>
/// Column j of position p: angle = p / 10000^(2·⌊j/2⌋/D); its sine for even j, its cosine for odd j. Computed in double precision.
/// Source: Vaswani et al. 2017, "Attention is all you need", section 3.5.
/// </remarks>
public static class SinusoidPositions
{
    /// <summary>Fills a table, on the host.</summary>
    /// <param name="positionCount">L.</param>
    /// <param name="columns">D.</param>
    /// <param name="table">[L, D], row-major.</param>
    public static void Fill(int positionCount, int columns, Span<float> table)
    {
        if (table.Length != (long)positionCount * columns)
        {
            throw new ArgumentException($"SinusoidPositions: the table has {table.Length} elements, expected {positionCount} · {columns}.");
        }

        for (int p = 0; p < positionCount; p++)
        {
            for (int j = 0; j < columns; j++)
            {
                double angle = p / Math.Pow(10000, 2.0 * (j / 2) / columns);
                table[(p * columns) + j] = (float)(j % 2 == 0 ? Math.Sin(angle) : Math.Cos(angle));
            }
        }
    }
}
