namespace Avion.Cli;

/// <summary>What a training of `avion bench learn` has to reach.</summary>
/// <param name="Trial">The training.</param>
/// <param name="Metric">The metric, as in its evaluation.</param>
/// <param name="Title">What is held, for people.</param>
/// <param name="Wanted">The bound, which may be the result of another training.</param>
internal sealed record LearningGoal(string Trial, string Metric, string Title, Func<LearningResults, double> Wanted)
{
    /// <summary>The other training that the bound is the result of; null for none.</summary>
    public string? Beside { get; init; }

    /// <summary>Whether the value is to be at most the bound; otherwise at least.</summary>
    public bool IsUpperBound { get; init; }

    /// <summary>Compares.</summary>
    public LearningFigure Measure(LearningResults results)
    {
        LearningResult result = results[Trial];
        double value = result.Last[Metric], wanted = Wanted(results);
        return new LearningFigure(Trial, Metric, Title, value, result.Last.Find(Metric + RunLogLabels.ChanceSuffix), wanted, IsUpperBound,
            result.Steps, result.Seconds);
    }
}

/// <summary>A row of the table.</summary>
internal sealed record LearningFigure(
    string Trial, string Metric, string Title, double Value, double? Chance, double Wanted, bool IsUpperBound, long Steps, double Seconds)
{
    public bool IsReached => IsUpperBound ? Value <= Wanted : Value >= Wanted;
}

/// <summary>The results of trainings by their names.</summary>
internal sealed class LearningResults : Dictionary<string, LearningResult>
{
    /// <summary>A metric after the last step.</summary>
    public double Last(string trial, string metric) => this[trial].Last[metric];

    /// <summary>A metric before the first step.</summary>
    public double First(string trial, string metric) => this[trial].First![metric];
}
