namespace Avion.ConformanceTool;

/// <summary>What float32 can tell of the figures of one fixture, where a stated tolerance lies below it.</summary>
/// <remarks>
/// Some sizes and fillings are ill-conditioned: clips whose embeddings nearly coincide leave gradients that are differences of almost
/// equal numbers. How far rounding moves a figure, r, is the larger of two: what is measured when parameters and inputs are rounded to
/// float32 and everything else is computed in double precision (of outputs and losses, which hang together, the largest), and, for a
/// gradient that is small beside others, one rounding of the largest. Float32 kernels round at every operation, so up to
/// <see cref="Growth"/> · r is accepted of them, though never more than <see cref="LargestFactor"/> times the stated tolerance. The
/// figure must still meet its stated tolerance in double precision, so a mistake in a model cannot hide here.
/// </remarks>
internal static class Float32Resolution
{
    /// <summary>How much more than rounding once the rounding of every operation may do.</summary>
    public const double Growth = 16;

    /// <summary>Beyond this a comparison would say nothing.</summary>
    public const double LargestFactor = 100;

    /// <summary>The figures of a float32 run, with wider tolerances for those that float32 cannot resolve better.</summary>
    public static IReadOnlyList<ConformanceFigure> Judge(
        IConformanceKind kind, JsonElement fixture, ConformanceContext context, IReadOnlyList<ConformanceFigure> figures)
    {
        if (context.Device.ActivationType != ElementType.Float32 || figures.All(figure => figure.Passed || figure.IsSkipped || double.IsNaN(figure.Error)))
        {
            return figures;
        }

        using ReferenceDevice device = new();
        Dictionary<string, ConformanceFigure> exact = Run(kind, fixture, context with { Device = device });
        Dictionary<string, ConformanceFigure> rounded = Run(kind, fixture, context with { Device = device, InputType = ElementType.Float32 });
        return [.. figures.Select(figure => figure.Passed || figure.IsSkipped ? figure : Judge(figure, exact, rounded))];
    }

    private static ConformanceFigure Judge(
        ConformanceFigure figure, Dictionary<string, ConformanceFigure> exact, Dictionary<string, ConformanceFigure> rounded)
    {
        if (!exact.TryGetValue(figure.Name, out ConformanceFigure? there) || !there.Passed
            || !rounded.TryGetValue(figure.Name, out ConformanceFigure? moved))
        {
            return figure;
        }

        double rounding = figure.Rounding > 0
            ? Math.Max(moved.Error, figure.Rounding)
            : rounded.Values.Where(other => other.Rounding == 0 && other.Tolerance == figure.Tolerance).Max(other => other.Error);
        double tolerance = Math.Min(Growth * rounding, LargestFactor * figure.Tolerance);
        if (!(tolerance > figure.Tolerance))
        {
            return figure;
        }

        string note = string.Create(CultureInfo.InvariantCulture,
            $"rounding to float32 moves it by {rounding:0.0e+00}; in double precision it is met to {there.Error:0.0e+00}");
        return figure with { Tolerance = tolerance, Note = note, IsWidened = true };
    }

    private static Dictionary<string, ConformanceFigure> Run(IConformanceKind kind, JsonElement fixture, ConformanceContext context)
    {
        FigureList figures = new();
        kind.Check(fixture, context, figures);
        return figures.Figures.GroupBy(figure => figure.Name).ToDictionary(group => group.Key, group => group.First());
    }
}
