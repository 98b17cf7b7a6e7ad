using System.Numerics;

namespace Avion.Training;

// Legend: G clips of a step, W ranks, n clips of one rank's part of the step, g a clip's number in the step.

/// <summary>Which two clips of a step are mixed with each other.</summary>
/// <remarks>
/// Clip g and clip g ± m make a pair: m = 2^⌊k / 2⌋, at most 8, k being how often 2 divides G. As the ranks take clips in turn, and parts
/// of a batch one after the other, both clips of a pair lie in the same part on the same rank where W divides m and n·W is a multiple of
/// 2 m; then pairs are the same for any number of ranks and parts: with a batch of 64 or a multiple of it for 1, 2, 4 and 8 ranks, and
/// parts of 16 clips or a multiple of that. Elsewhere clip i of a part goes with clip i ± ⌊n / 2⌋, the last of an odd number with itself;
/// losses then depend on how the step is shared.
/// </remarks>
internal readonly struct MixedPairs
{
    private const int MostRanks = 8;

    private readonly int _distance, _count;

    /// <summary>The pairs of one part of a step.</summary>
    /// <param name="context">Ranks, and the clips before the part.</param>
    /// <param name="batchSize">G.</param>
    /// <param name="count">n.</param>
    public MixedPairs(in StepContext context, int batchSize, int count)
    {
        int step = Distance(batchSize), ranks = context.RankCount;
        bool isShared = step > 0 && step % ranks == 0 && (long)context.SamplesBefore * ranks % (2 * step) == 0
            && (long)count * ranks % (2 * step) == 0;
        (_distance, _count) = (isShared ? step / ranks : count / 2, count);
    }

    /// <summary>m; 0 where G is odd.</summary>
    public static int Distance(int batchSize)
    {
        int twos = BitOperations.TrailingZeroCount(batchSize);
        return twos == 0 ? 0 : Math.Min(MostRanks, 1 << (twos / 2));
    }

    /// <summary>The clip of the part that a clip of it is mixed with.</summary>
    public int PartnerOf(int clip)
    {
        if (_distance == 0 || (_count % 2 == 1 && clip == _count - 1))
        {
            return clip;
        }

        return clip / _distance % 2 == 0 ? clip + _distance : clip - _distance;
    }
}
