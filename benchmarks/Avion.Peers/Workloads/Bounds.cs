namespace Avion.Peers;

/// <summary>How far a side may be off before a comparison of times means nothing.</summary>
/// <param name="Output">Largest error of a loss, of features, predictions, results.</param>
/// <param name="Gradient">Largest error of a gradient.</param>
/// <param name="AllGradients">Error of all gradients together.</param>
public sealed record Bounds(double Output, double Gradient, double AllGradients)
{
    /// <summary>Relative: both sides round to 24 bits, in different orders of summation.</summary>
    public static Bounds Float32 { get; } = new(1e-4, 1e-4, 1e-4);

    /// <summary>Relative, of one operation: both sides read the same numbers of 8 bits and round what goes out, to 1/256 at most each, and other
    /// numbers inside.</summary>
    public static Bounds BFloat16Operation { get; } = new(1e-2, 1e-2, 1e-2);

    /// <summary>In units of what rounding alone gives: see <see cref="RoundingErrors"/>.</summary>
    /// <remarks>A single number, such as a loss, is off by one draw of its rounding error, and in eight draws the quadratic mean of such errors is
    /// exceeded four times over once in 250 cases (Student's t with 8 degrees of freedom). All gradients together have many draws in
    /// them, but share the error of the features that they all begin with: twice.</remarks>
    public static Bounds Rounding { get; } = new(4, 4, 2);
}
