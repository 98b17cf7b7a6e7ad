namespace Avion.Models;

/// <summary>Draws which tokens of clips are hidden.</summary>
public static class TubeMask
{
    /// <summary>Hides the same random cells of the frame in every time slot of a clip.</summary>
    /// <remarks>⌊ratio · cells⌋ cells are hidden. Source: Tong et al. 2022, section 3.3 (arXiv:2203.12602).</remarks>
    /// <param name="random">The clip's stream of random numbers.</param>
    /// <param name="cellCount">Cells of a frame.</param>
    /// <param name="ratio">Share that is hidden, from 0 up to but not including 1.</param>
    /// <param name="hidden">[slots · cells] of one clip.</param>
    public static void Draw(ref CounterRandom random, int cellCount, double ratio, Span<bool> hidden)
    {
        if (ratio is not (>= 0 and < 1) || cellCount <= 0 || hidden.Length % cellCount != 0)
        {
            throw new ArgumentException($"A tube mask of ratio {ratio} over {cellCount} cells does not fit {hidden.Length} tokens; "
                + "the ratio lies in [0, 1).");
        }

        // Selection sampling (Knuth 1997, algorithm 3.4.2 S): one pass, every set of cells equally likely.
        int left = (int)(ratio * cellCount);
        for (int cell = 0; cell < cellCount; cell++)
        {
            bool isHidden = random.Next(cellCount - cell) < left;
            left -= isHidden ? 1 : 0;
            for (int token = cell; token < hidden.Length; token += cellCount)
            {
                hidden[token] = isHidden;
            }
        }
    }

    /// <summary>Chooses which hidden tokens the decoder predicts: a pattern of 2 × 2 cells that
    /// moves by one place from slot to slot.</summary>
    /// <remarks>
    /// Of each 2 × 2 cells, ⌈4 · share⌉ are chosen, and which ones rotates over time, so that over four slots every cell is chosen
    /// equally often. Source: Wang et al. 2023, "VideoMAE V2", section 3.2, running cell masking (arXiv:2303.16727).
    /// </remarks>
    /// <param name="random">The clip's stream of random numbers; draws where the pattern begins.</param>
    /// <param name="gridSize">Cells of a row of a frame.</param>
    /// <param name="share">Share of tokens to choose, above 0 up to 1.</param>
    /// <param name="hidden">[slots · cells] of one clip.</param>
    /// <param name="predicted">Receives hidden tokens that are chosen.</param>
    public static void ChooseRunningCells(ref CounterRandom random, int gridSize, double share, ReadOnlySpan<bool> hidden,
        Span<bool> predicted)
    {
        int cellCount = gridSize * gridSize;
        if (share is not (> 0 and <= 1) || hidden.Length != predicted.Length || hidden.Length % cellCount != 0)
        {
            throw new ArgumentException($"Running cells of share {share} over {gridSize} × {gridSize} cells do not fit {hidden.Length} "
                + "tokens.");
        }

        int chosen = (int)Math.Ceiling(4 * share), start = random.Next(4);
        for (int token = 0; token < hidden.Length; token++)
        {
            int slot = token / cellCount, row = token % cellCount / gridSize, column = token % gridSize;
            int place = ((row % 2) * 2) + (column % 2);
            predicted[token] = hidden[token] && (place + slot + start) % 4 < chosen;
        }
    }
}
