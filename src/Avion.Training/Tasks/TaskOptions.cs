namespace Avion.Training;

/// <summary>A task's own part of a recipe: its model, and options that other tasks do not have.</summary>
/// <remarks>Derived records are equal when their values are, as recipes need.</remarks>
public abstract record TaskOptions
{
    /// <summary>Which weights the model begins with, in tasks whose keys have <see cref="StartOptions.Keys"/> among them.</summary>
    public StartOptions Start { get; init; } = new();

    /// <summary>A recipe for one of its task's evaluators alone.</summary>
    /// <param name="recipe">The recipe that these options are part of.</param>
    /// <param name="evaluator">An <see cref="IEvaluator.Name"/>.</param>
    public virtual Recipe ForEvaluator(Recipe recipe, string evaluator) => recipe;

    /// <summary>Conditions between keys that do not hold, as sentences; empty when the recipe can be run.</summary>
    public virtual IEnumerable<string> Contradictions() => [];
}
