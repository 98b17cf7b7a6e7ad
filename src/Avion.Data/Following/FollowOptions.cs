namespace Avion.Data;

/// <summary>When a video that somebody writes has come to its end.</summary>
public sealed record FollowOptions
{
    /// <summary>Following ends when nothing was written for so long; infinite: never.</summary>
    public double IdleSeconds { get; init; } = double.PositiveInfinity;

    /// <summary>A segment that did not grow for so long is complete, also where no other has followed it.</summary>
    public double SettleSeconds { get; init; } = 10;

    /// <summary>A segment that did not grow for so long is complete where another one lies there.</summary>
    public double SucceededSeconds { get; init; } = 1;
}
