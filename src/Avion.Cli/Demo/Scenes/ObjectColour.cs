namespace Avion.Cli;

/// <summary>A colour by its name in captions.</summary>
public sealed record ObjectColour(string Name, byte Red, byte Green, byte Blue)
{
    public static IReadOnlyList<ObjectColour> All { get; } =
    [
        new("red", 225, 40, 40),
        new("green", 40, 190, 60),
        new("blue", 45, 80, 235),
        new("yellow", 240, 220, 40),
        new("purple", 180, 50, 210),
        new("white", 245, 245, 245),
    ];
}
