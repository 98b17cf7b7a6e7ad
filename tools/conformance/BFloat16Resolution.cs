namespace Avion.ConformanceTool;

/// <summary>What bfloat16 can tell of the figures of one fixture, whose numbers are of float32.</summary>
/// <remarks>
/// How far rounding moves a figure, r, is measured: parameters and inputs are rounded to bfloat16, everything else is computed in double
/// precision; outputs and losses hang together, so that theirs is the largest of them. A device that rounds at every operation may move
/// it by <see cref="ModelTolerance.BFloat16Growth"/> · r, or by <see cref="ModelTolerance.LeastBFloat16"/>. A quotient of two gradients may be off by
/// twice that: rounded inputs move both alike, and r does not tell, while the roundings on the way to each are its own. Where it is more than
/// <see cref="ModelTolerance.LargestBFloat16"/> a comparison would say nothing and is left out; so are gradients of losses that compare samples whose
/// features lie within the rounding of one another.
/// </remarks>
internal static class BFloat16Resolution
{
    /// <summary>The figures of a bfloat16 run, with tolerances that its rounding allows.</summary>
    public static IReadOnlyList<ConformanceFigure> Judge(
        IConformanceKind kind, JsonElement fixture, ConformanceContext context, IReadOnlyList<ConformanceFigure> figures)
    {
        using ReferenceDevice device = new();
        FigureList moved = new();
        kind.Check(fixture, context with { Device = device, InputType = ElementType.BFloat16 }, moved);
        Dictionary<string, double> movements =
            moved.Figures.GroupBy(figure => figure.Name).ToDictionary(group => group.Key, group => group.First().Error);
        double ofOutputs = moved.Figures.Where(IsOutput).Select(figure => figure.Error).DefaultIfEmpty().Max();
        return [.. figures.Select(figure => IsOutput(figure) ? Judge(figure, ofOutputs)
            : figure.Tolerance != FigureList.GradientTolerance ? figure
            : kind.ComparesSamples ? Skip(figure, "it is a difference between samples whose features nearly coincide")
            : Judge(figure, movements[figure.Name]))];
    }

    private static bool IsOutput(ConformanceFigure figure) => figure.Tolerance == FigureList.OutputTolerance;

    private static ConformanceFigure Judge(ConformanceFigure figure, double movement)
    {
        double tolerance = (figure.IsQuotient ? 2 : 1) * Math.Max(ModelTolerance.LeastBFloat16, ModelTolerance.BFloat16Growth * movement);
        string reason = string.Create(CultureInfo.InvariantCulture, $"rounding to bfloat16 moves it by {movement:0.0e+00}");
        return tolerance <= ModelTolerance.LargestBFloat16
            ? figure with { Tolerance = tolerance, Note = reason, IsWidened = true }
            : Skip(figure, reason);
    }

    private static ConformanceFigure Skip(ConformanceFigure figure, string reason) => figure with { IsSkipped = true, Note = reason };
}
