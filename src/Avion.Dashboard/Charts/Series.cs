namespace Avion.Dashboard;

/// <summary>One line of a chart: its points in order of x. Points that are not finite are left out and break the line.</summary>
public sealed record Series(string Name, IReadOnlyList<(double X, double Y)> Points);
