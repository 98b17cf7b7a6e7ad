namespace Avion.OpCases;

/// <summary>How two lists of numbers differ.</summary>
/// <param name="NormalizedMeanSquareError">Σ (a - b)² / Σ b²; against 1 where b is all zero.</param>
/// <param name="MaximumError">max |a - b| / max(1, max |b|).</param>
/// <param name="WorstIndex">Where |a - b| is largest, or the first place where one is not a number.</param>
public readonly record struct Difference(double NormalizedMeanSquareError, double MaximumError, int WorstIndex)
{
    /// <summary>Compares computed numbers with expected ones.</summary>
    public static Difference Between(ReadOnlySpan<double> actual, ReadOnlySpan<double> expected)
    {
        if (actual.Length != expected.Length)
        {
            throw new ArgumentException($"Compared {actual.Length} numbers with {expected.Length}.");
        }

        double squares = 0, expectedSquares = 0, worst = 0, largest = 0;
        int worstIndex = 0;
        for (int i = 0; i < actual.Length; i++)
        {
            double error = Math.Abs(actual[i] - expected[i]);
            if (double.IsNaN(error))
            {
                return new Difference(double.PositiveInfinity, double.PositiveInfinity, i);
            }

            squares += error * error;
            expectedSquares += expected[i] * expected[i];
            largest = Math.Max(largest, Math.Abs(expected[i]));
            if (error > worst)
            {
                (worst, worstIndex) = (error, i);
            }
        }

        return new Difference(expectedSquares == 0 ? squares : squares / expectedSquares, worst / Math.Max(1, largest), worstIndex);
    }

    /// <summary>Whether both measures are within the tolerance.</summary>
    public bool IsWithin(OpTolerance tolerance) =>
        NormalizedMeanSquareError <= tolerance.NormalizedMeanSquareError && MaximumError <= tolerance.MaximumError;
}
