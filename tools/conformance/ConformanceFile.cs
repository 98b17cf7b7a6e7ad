namespace Avion.ConformanceTool;

/// <summary>What came out of one fixture file.</summary>
/// <param name="Name">The file's name.</param>
/// <param name="Kind">What it holds, or null where it could not be read.</param>
/// <param name="Figures">All comparisons.</param>
/// <param name="Fault">Why nothing could be compared, as a sentence; else null.</param>
public sealed record ConformanceFile(string Name, string? Kind, IReadOnlyList<ConformanceFigure> Figures, string? Fault = null)
{
    /// <summary>Comparisons within their tolerance.</summary>
    public int PassedCount => Figures.Count(figure => figure.Passed);

    /// <summary>What the file holds that there is nothing to compare with.</summary>
    public int SkippedCount => Figures.Count(figure => figure.IsSkipped);

    /// <summary>Comparisons outside, and one for a file that could not be compared.</summary>
    public int FailedCount => Figures.Count - PassedCount - SkippedCount + (Fault is null ? 0 : 1);
}
