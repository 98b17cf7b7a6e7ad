namespace Avion.Cli;

/// <summary>A shape by its name in captions, and the signed distance to its outline.</summary>
/// <remarks>
/// Distances are in units of the object's radius, negative inside; the four shapes cover about the same area, so that size does not
/// tell them apart. y points down, as in pictures.
/// </remarks>
public sealed class ObjectShape
{
    private readonly Func<double, double, double> _distance;

    private ObjectShape(string name, Func<double, double, double> distance)
    {
        Name = name;
        _distance = distance;
    }

    public static ObjectShape Ring { get; } = new("ring", (x, y) => Math.Abs(Math.Sqrt((x * x) + (y * y)) - 0.70) - 0.26);

    public static ObjectShape Square { get; } = new("square", (x, y) => Box(x, y, 0.82, 0.82));

    public static ObjectShape Triangle { get; } = new("triangle", TriangleDistance);

    public static ObjectShape Cross { get; } = new("cross", (x, y) => Math.Min(Box(x, y, 1.0, 0.36), Box(x, y, 0.36, 1.0)));

    public static IReadOnlyList<ObjectShape> All { get; } = [Ring, Square, Triangle, Cross];

    public string Name { get; }

    /// <summary>Signed distance from a point to the outline.</summary>
    public double Distance(double x, double y) => _distance(x, y);

    private static double Box(double x, double y, double halfWidth, double halfHeight) =>
        Math.Max(Math.Abs(x) - halfWidth, Math.Abs(y) - halfHeight);

    /// <summary>Point up: the largest of the distances to three lines, exact inside and near the edges.</summary>
    private static double TriangleDistance(double x, double y)
    {
        const double inradius = 0.58, cosine = 0.8660254037844386, sine = 0.5;
        double centredY = y - 0.15;
        return Math.Max(centredY, Math.Abs(x) * cosine - centredY * sine) - inradius;
    }
}
