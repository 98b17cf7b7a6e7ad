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
    public bool AffectsResult { get; private set; } = true;

    /// <summary>Whether a run may be resumed with another value although losses depend on it: those of the steps to come are then those
    /// of the longer run, from where this one is.</summary>
    public bool ExtendsRun { get; private set; }

    /// <summary>Whether the value says where data lies. A run may be resumed with another value: what is read there to train on is compared
    /// with what the run began with.</summary>
    public bool LocatesData { get; private set; }

    /// <summary>Whether a run may be resumed with another value.</summary>
    public bool MayChangeOnResume => !AffectsResult || ExtendsRun || LocatesData;

    /// <summary>Whether the value names files or folders, which must be there before a training begins.</summary>
    public bool NamesFiles { get; private set; }

    /// <summary>The key's value in a recipe, in YAML form.</summary>
    public string ValueIn(Recipe recipe) => _format(recipe);

    /// <summary>Puts a value into a copy of a recipe; false when the value is not one of <see cref="Expected"/>.</summary>
    internal bool TrySet(Recipe recipe, RecipeValue value, [NotNullWhen(true)] out Recipe? changed)
    {
        changed = _trySet(recipe, value);
        return changed is not null;
    }

    /// <summary>A key whose value may be another when a run is resumed.</summary>
    public RecipeKey WithoutEffectOnResult() => With(key => key.AffectsResult = false);

    /// <summary>A key by which a resumed run is made longer.</summary>
    public RecipeKey ThatExtendsRun() => With(key => key.ExtendsRun = true);

    /// <summary>A key whose value names files or folders.</summary>
    public RecipeKey NamingFiles() => With(key => key.NamesFiles = true);

    /// <summary>A key whose value names files or folders of data, which may lie elsewhere when a run is resumed.</summary>
    public RecipeKey LocatingData() => With(key => (key.NamesFiles, key.LocatesData) = (true, true));

    /// <summary>The files and folders that the value names; none for other keys.</summary>
    public IReadOnlyList<string> PathsIn(Recipe recipe)
    {
        if (!NamesFiles)
        {
            return [];
        }

        // Texts are quoted in YAML as in JSON.
        using JsonDocument value = JsonDocument.Parse(ValueIn(recipe));
        IEnumerable<JsonElement> texts = value.RootElement.ValueKind == JsonValueKind.Array
            ? value.RootElement.EnumerateArray()
            : [value.RootElement];
        return [.. texts.Select(text => text.GetString() ?? "").Where(path => path.Length > 0)];
    }

    private RecipeKey With(Action<RecipeKey> change)
    {
        RecipeKey key = new(Path, Meaning, Expected, _format, _trySet)
        {
            AffectsResult = AffectsResult, ExtendsRun = ExtendsRun, NamesFiles = NamesFiles, LocatesData = LocatesData,
        };
        change(key);
        return key;
    }
}
