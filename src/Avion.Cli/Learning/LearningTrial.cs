namespace Avion.Cli;

/// <summary>One training of `avion bench learn`.</summary>
/// <param name="Name">Its name, also that of its run folder.</param>
/// <param name="Recipe">Name of the tiny recipe, without folder and ending.</param>
/// <param name="Overrides">What differs from the recipe.</param>
internal sealed record LearningTrial(string Name, string Recipe, params string[] Overrides)
{
    /// <summary>Epochs of the reduced form, which have a third of the steps.</summary>
    public required int QuickEpochs { get; init; }

    /// <summary>The training whose weights its recipe begins from; null for none.</summary>
    public string? From { get; init; }

    /// <summary>Reads the recipe, which the program carries inside, and puts its files below a folder.</summary>
    public Recipe Read(LearningFolders folders, bool isQuick)
    {
        string source = $"recipes/tiny/{Recipe}.yaml";
        using Stream stream = typeof(LearningTrial).Assembly.GetManifestResourceStream(source)!;
        using StreamReader reader = new(stream);
        string[] quick = isQuick ? [string.Create(CultureInfo.InvariantCulture, $"train.epochs={QuickEpochs}")] : [];
        Recipe recipe = RecipeReader.Read(reader.ReadToEnd(), source, [.. Overrides, .. quick, $"output.folder={folders.RunOf(Name)}"]);
        return RecipeReader.Override(recipe, RecipeSchema.Of(recipe).All.SelectMany(key => Moved(key, recipe, folders.Root)));
    }

    /// <summary>The recipes say <c>learn/…</c>, which is where the command writes unless it is told another folder.</summary>
    private static IEnumerable<string> Moved(RecipeKey key, Recipe recipe, string root)
    {
        string value = key.ValueIn(recipe);
        string moved = value.Replace($"\"{LearningFolders.DefaultRoot}/", $"\"{root}/", StringComparison.Ordinal);
        return moved == value ? [] : [$"{key.Path}={moved}"];
    }
}
