namespace Avion.Compute;

/// <summary>A row of an index and its score.</summary>
/// <param name="Row">Number of the row, from 0.</param>
/// <param name="Score">Product of query and row, summed in double precision; of unit vectors their cosine.</param>
public readonly record struct RankedRow(int Row, double Score);

/// <summary>What a query found in an index.</summary>
/// <param name="Rows">The best, best first; of equal scores the smaller row first.</param>
/// <param name="Count">N, rows that can rank.</param>
/// <param name="Mean">Mean score of all N.</param>
/// <param name="Deviation">Standard deviation of the scores of all N.</param>
/// <remarks>Mean and deviation are of scores that bfloat16 rounds, and agree with those in double precision to some 1e-3 of the rows' length.</remarks>
public sealed record VectorRanking(IReadOnlyList<RankedRow> Rows, int Count, double Mean, double Deviation)
{
    /// <summary>The ranking of a query that is no number, or of an empty index.</summary>
    internal static VectorRanking Nothing { get; } = new([], 0, double.NaN, double.NaN);
}
