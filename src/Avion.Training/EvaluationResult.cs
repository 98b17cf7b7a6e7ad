namespace Avion.Training;

/// <summary>The metrics of one evaluation, in the order that its evaluator gave them.</summary>
public sealed record EvaluationResult(IReadOnlyList<Scalar> Values)
{
    /// <summary>The value of a metric.</summary>
    /// <exception cref="KeyNotFoundException">The evaluation has no such metric.</exception>
    public double this[string name] => Values.Where(value => value.Name == name).Select(value => (double?)value.Value).FirstOrDefault()
        ?? throw new KeyNotFoundException($"The evaluation has no metric '{name}'; "
            + $"it has {string.Join(", ", Values.Select(value => value.Name))}.");
}
