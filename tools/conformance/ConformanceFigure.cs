namespace Avion.ConformanceTool;

/// <summary>One number, or one list of numbers, compared with the reference's.</summary>
/// <param name="Name">What was compared, such as <c>loss</c> or <c>gradient visual.conv1.weight</c>.</param>
/// <param name="Error">Relative error; 0 for equal, NaN where the comparison could not be made.</param>
/// <param name="Tolerance">Largest error that passes.</param>
/// <param name="Note">Why the comparison could not be made, or what its tolerance rests on; else null.</param>
public sealed record ConformanceFigure(string Name, double Error, double Tolerance, string? Note = null)
{
    /// <summary>Whether there is nothing to compare with, for the reason in <see cref="Note"/>: neither passed nor failed.</summary>
    public bool IsSkipped { get; init; }

    /// <summary>Whether the tolerance is wider than the stated one, because float32 resolves the
    /// figure no better and double precision meets it.</summary>
    public bool IsWidened { get; init; }

    /// <summary>Whether it is a quotient of two numbers that are computed one by one: the relative errors of both add up in it.</summary>
    internal bool IsQuotient { get; init; }

    /// <summary>The error that one rounding to float32 of the largest numbers on the way makes; 0 where the figure is no smaller.</summary>
    internal double Rounding { get; init; }

    /// <summary>Whether the error is within the tolerance.</summary>
    public bool Passed => !IsSkipped && Error <= Tolerance;
}
