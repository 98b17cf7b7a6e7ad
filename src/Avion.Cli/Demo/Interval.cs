namespace Avion.Cli;

/// <summary>An interval that a scene draws a number from, uniformly.</summary>
public readonly record struct Interval(double Low, double High)
{
    public double Draw(ref CounterRandom random) => Low + (High - Low) * random.NextDouble();
}
