namespace Avion.Training;

/// <summary>Makes the keys of one part of <see cref="Recipe"/>.</summary>
/// <typeparam name="T">The record of that part.</typeparam>
public sealed class RecipeSection<T>(string prefix, Func<Recipe, T> get, Func<Recipe, T, Recipe> set)
{
    /// <summary>A section below this one.</summary>
    /// <param name="name">Its name and a dot.</param>
    /// <param name="read">The section in the record of this one.</param>
    /// <param name="write">Replaces it.</param>
    public RecipeSection<TPart> Part<TPart>(string name, Func<T, TPart> read, Func<T, TPart, T> write) =>
        new(prefix + name, recipe => read(get(recipe)), (recipe, part) => set(recipe, write(get(recipe), part)));

    /// <summary>A text.</summary>
    public RecipeKey Text(string name, string meaning, Func<T, string> read, Func<T, string, T> write) =>
        Key(name, meaning, "a text", value => RecipeText.Of(read(value)), (section, value) => value.Scalar is { } text
            ? write(section, text) : default);

    /// <summary>A text of which only some are accepted.</summary>
    public RecipeKey Text(
        string name, string meaning, string expected, Func<string, bool> accepts, Func<T, string> read, Func<T, string, T> write) =>
        Key(name, meaning, expected, value => RecipeText.Of(read(value)),
            (section, value) => value.Scalar is { } text && accepts(text) ? write(section, text) : default);

    /// <summary>A list of texts.</summary>
    public RecipeKey List(string name, string meaning, Func<T, TextList> read, Func<T, TextList, T> write) =>
        Key(name, meaning, "a text or a list of texts", value => RecipeText.Of(read(value)),
            (section, value) => write(section, [.. value.Items]));

    /// <summary>True or false.</summary>
    public RecipeKey Boolean(string name, string meaning, Func<T, bool> read, Func<T, bool, T> write) =>
        Key(name, meaning, "true or false", value => RecipeText.Of(read(value)), (section, value) =>
            value.Scalar is { } text && RecipeText.TryParse(text, out bool flag) ? write(section, flag) : default);

    /// <summary>One of some words.</summary>
    public RecipeKey Choice(string name, string meaning, string[] choices, Func<T, string> read, Func<T, string, T> write) =>
        Key(name, meaning, choices.Length == 1 ? $"'{choices[0]}'" : "one of " + string.Join(", ", choices),
            value => RecipeText.Of(read(value)),
            (section, value) => value.Scalar is { } text && choices.Contains(text) ? write(section, text) : default);

    /// <summary>A whole number in a range.</summary>
    public RecipeKey Integer(
        string name, string meaning, long minimum, long maximum, Func<T, long> read, Func<T, long, T> write)
    {
        string expected = maximum == long.MaxValue ? $"a whole number, at least {minimum}" : $"a whole number from {minimum} to {maximum}";
        return Key(name, meaning, expected, value => RecipeText.Of(read(value)), (section, value) =>
            value.Scalar is { } text && RecipeText.TryParse(text, out long number) && number >= minimum && number <= maximum
                ? write(section, number) : default);
    }

    /// <summary>A whole number, not negative.</summary>
    public RecipeKey Unsigned(string name, string meaning, Func<T, ulong> read, Func<T, ulong, T> write) =>
        Key(name, meaning, $"a whole number from 0 to {ulong.MaxValue}", value => RecipeText.Of(read(value)), (section, value) =>
            value.Scalar is { } text && RecipeText.TryParse(text, out ulong number) ? write(section, number) : default);

    /// <summary>A number in a range.</summary>
    public RecipeKey Number(string name, string meaning, NumberRange range, Func<T, double> read, Func<T, double, T> write) =>
        Key(name, meaning, $"a number, {range}", value => RecipeText.Of(read(value)), (section, value) =>
            value.Scalar is { } text && RecipeText.TryParse(text, out double number) && range.Contains(number)
                ? write(section, number) : default);

    private RecipeKey Key(string name, string meaning, string expected, Func<T, string> format, Func<T, RecipeValue, T?> trySet) =>
        new(prefix + name, meaning, expected, recipe => format(get(recipe)), (recipe, value) =>
            trySet(get(recipe), value) is { } section ? set(recipe, section) : null);
}

/// <summary>Makes the keys of a task's own part of a recipe.</summary>
public static class TaskSection
{
    /// <summary>A section that lies in the task's <see cref="Recipe.Options"/>.</summary>
    /// <param name="prefix">Its name and a dot, such as <c>model.</c>; a section that all recipes have may get keys of the task
    /// too.</param>
    public static RecipeSection<T> Of<T>(string prefix) where T : TaskOptions =>
        new(prefix, recipe => recipe.OptionsOf<T>(), (recipe, options) => recipe with { Options = options });
}
