namespace Avion.Compute;

/// <summary>A stretch of flat parameter memory that an optimizer step changes in one way.</summary>
/// <param name="First">First element.</param>
/// <param name="Count">Number of elements.</param>
/// <param name="RateFactor">What the step's learning rate is multiplied by, such as by layer decay.</param>
/// <param name="WeightDecay">Decoupled or coupled weight decay, as the optimizer has it.</param>
public readonly record struct UpdateRange(long First, long Count, double RateFactor, float WeightDecay)
{
    /// <summary>One past the last element.</summary>
    public long End => First + Count;

    /// <summary>Ranges must be in order, without overlap; what lies in none is left alone.</summary>
    internal static void Check(ReadOnlySpan<UpdateRange> ranges)
    {
        long end = 0;
        foreach (UpdateRange range in ranges)
        {
            if (range.First < end || range.Count < 0)
            {
                throw new ArgumentException($"UpdateTable: range {range.First} to {range.End} follows one that ends at {end}; "
                    + "expected ranges in order, without overlap.");
            }

            end = range.End;
        }
    }

    /// <summary>Number of elements that the ranges hold.</summary>
    internal static long Total(ReadOnlySpan<UpdateRange> ranges)
    {
        long total = 0;
        foreach (UpdateRange range in ranges)
        {
            total += range.Count;
        }

        return total;
    }
}
