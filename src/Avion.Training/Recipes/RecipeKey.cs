using System.Diagnostics.CodeAnalysis;

namespace Avion.Training;

/// <summary>One key of a recipe: its name, meaning and accepted values, and the place of its value in
/// <see cref="Recipe"/>.</summary>
public sealed class RecipeKey
{
    private readonly Func<Recipe, string> _format;
    private readonly Func<Recipe, RecipeValue, Recipe?> _trySet;

    internal RecipeKey(
        string path, string meaning, string expected, Func<Recipe, string> format, Func<Recipe, RecipeValue, Recipe?> trySet)
    {
        (Path, Meaning, Expected, _format, _trySet) = (path, meaning, expected, format, trySet);
    }

    /// <summary>Dotted name, as in <c>--set optimizer.learning_rate=1e-4</c>.</summary>
    public string Path { get; }

    /// <summary>What the key decides, as a sentence.</summary>
    public string Meaning { get; }

    /// <summary>Accepted values, such as <c>a number, at least 0</c>.</summary>
    public string Expected { get; }

    /// <summary>False when a run may be resumed with another value, because losses and weights do not depend on it.</summary>
    public bool AffectsResult { get; private init; } = true;

    /// <summary>Whether a run may be resumed with another value although losses depend on it: those of the steps to come are then those of the
    /// longer run, from where this one is.</summary>
    public bool ExtendsRun { get; private init; }

    /// <summary>Whether a run may be resumed with another value.</summary>
    public bool MayChangeOnResume => !AffectsResult || ExtendsRun;

    /// <summary>The key's value in a recipe, in YAML form.</summary>
    public string ValueIn(Recipe recipe) => _format(recipe);

    /// <summary>Puts a value into a copy of a recipe; false when the value is not one of <see cref="Expected"/>.</summary>
    internal bool TrySet(Recipe recipe, RecipeValue value, [NotNullWhen(true)] out Recipe? changed)
    {
        changed = _trySet(recipe, value);
        return changed is not null;
    }

    /// <summary>A key whose value may be another when a run is resumed.</summary>
    public RecipeKey WithoutEffectOnResult() => new(Path, Meaning, Expected, _format, _trySet) { AffectsResult = false };

    /// <summary>A key by which a resumed run is made longer.</summary>
    public RecipeKey ThatExtendsRun() => new(Path, Meaning, Expected, _format, _trySet) { ExtendsRun = true };
}
