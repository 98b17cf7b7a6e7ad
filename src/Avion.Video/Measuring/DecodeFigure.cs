namespace Avion.Video;

/// <summary>On which side of its target a figure should lie.</summary>
public enum FigureBound
{
    /// <summary>Nothing is asked of it.</summary>
    None,

    AtLeast,

    AtMost,
}

/// <summary>One row of the table of clip reading.</summary>
/// <param name="Key">Name for programs, in snake_case.</param>
/// <param name="Name">Name for people.</param>
/// <param name="Value">What Avion takes or gives.</param>
/// <param name="Unit">Of the value and of what stands beside it.</param>
/// <param name="Beside">The same of what it is compared with; not a number where there is nothing.</param>
/// <param name="BesideName">What it is compared with.</param>
/// <param name="Ratio">How they compare; not a number where there is nothing beside. The target is
/// about it, or about the value without one.</param>
/// <param name="Bound">Side of the target.</param>
/// <param name="Target">What is asked for.</param>
public sealed record DecodeFigure(
    string Key,
    string Name,
    double Value,
    string Unit,
    double Beside = double.NaN,
    string BesideName = "",
    double Ratio = double.NaN,
    FigureBound Bound = FigureBound.None,
    double Target = double.NaN)
{
    /// <summary>Whether the target is reached; null where none is set.</summary>
    public bool? IsMet
    {
        get
        {
            double measured = double.IsNaN(Ratio) ? Value : Ratio;
            return Bound switch
            {
                FigureBound.AtLeast => measured >= Target,
                FigureBound.AtMost => measured <= Target,
                _ => null,
            };
        }
    }
}
