namespace Avion.Training;

/// <summary>The metrics of one evaluation, in the order that its evaluators gave them.</summary>
public sealed record EvaluationResult(IReadOnlyList<Scalar> Values)
{
    /// <summary>What the task says of its metrics.</summary>
    public IReadOnlyList<Metric> Metrics { get; init; } = [];

    /// <summary>The value of a metric.</summary>
    /// <exception cref="KeyNotFoundException">The evaluation has no such metric.</exception>
    public double this[string name] => Find(name)
        ?? throw new KeyNotFoundException($"The evaluation has no metric '{name}'; "
            + $"it has {string.Join(", ", Values.Select(value => value.Name))}.");

    /// <summary>The value of a metric; null where the evaluation has none of that name.</summary>
    public double? Find(string name) =>
        Values.Where(value => value.Name == name).Select(value => (double?)value.Value).FirstOrDefault();
}
