namespace Avion.Training;

/// <summary>A number by which an evaluation judges a model.</summary>
/// <param name="Name">As in the log; what a random answer gives is logged as the name and <see cref="RunLogLabels.ChanceSuffix"/>.</param>
/// <param name="Title">For people, such as "mAP text to video".</param>
public sealed record Metric(string Name, string Title)
{
    /// <summary>Whether a larger value is better.</summary>
    public bool IsLargerBetter { get; init; } = true;

    /// <summary>Whether it is shown while training goes on and has a curve in reports.</summary>
    public bool IsShown { get; init; }

    /// <summary>The name of the value that tells what a random answer gives.</summary>
    public string ChanceName => Name + RunLogLabels.ChanceSuffix;

    /// <summary>Whether one value is better than another.</summary>
    public bool IsBetter(double value, double than) => IsLargerBetter ? value > than : value < than;
}
