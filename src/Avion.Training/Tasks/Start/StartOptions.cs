namespace Avion.Training;

/// <summary>Which weights a model begins with, and which of them stay as they are (keys <c>model.initialize_*</c>,
/// <c>model.freeze</c>).</summary>
/// <remarks>A task has them by <c>.. StartOptions.Keys</c> among its keys; its <c>Create</c> gives <see cref="TaskSetup.Freezes"/> to the
/// model, and <see cref="TaskKind.Create"/> fills it.</remarks>
public sealed record StartOptions
{
    private const string Auto = "auto";

    /// <summary>A file, a checkpoint or a run; empty for random values.</summary>
    public string InitializeFrom { get; init; } = "";

    /// <summary><c>true</c>, <c>false</c> or <c>auto</c>.</summary>
    public string InitializePartial { get; init; } = Auto;

    /// <summary>Patterns of the parameters that keep their random values.</summary>
    public TextList InitializeExcept { get; init; } = TextList.Empty;

    /// <summary>Patterns of the parameters that training leaves alone.</summary>
    public TextList Freeze { get; init; } = TextList.Empty;

    public bool AllowsOtherComputation { get; init; }

    public bool AllowsOtherVocabulary { get; init; }

    /// <summary>Whether parameters may keep random values because the weights have none for them; null: where the weights are another
    /// program's, or another kind of model's.</summary>
    public bool? IsPartial => InitializePartial switch { Auto => null, string word => word == "true" };

    /// <summary>The keys.</summary>
    public static IEnumerable<RecipeKey> Keys
    {
        get
        {
            RecipeSection<StartOptions> model = Section;
            yield return model.Text("initialize_from", "First weights: a .safetensors, .pt, .pth or .bin file of Avion, AVION, "
                + "OpenAI CLIP, open_clip, LaViLa or VideoMAE, a checkpoint, or a run; empty: random ones.",
                s => s.InitializeFrom, (s, v) => s with { InitializeFrom = v }).NamingFiles();
            yield return model.Choice("initialize_partial", "Whether parameters that the first weights lack begin at random; auto: where "
                + "those are another program's, or of another kind of model.", [Auto, "true", "false"],
                s => s.InitializePartial, (s, v) => s with { InitializePartial = v });
            yield return model.List("initialize_except", "Name patterns (* stands for anything) of parameters that begin at random "
                + "although the first weights have them.", s => s.InitializeExcept, (s, v) => s with { InitializeExcept = v });
            yield return model.List("freeze", "Name patterns (* stands for anything) of parameters that training leaves as they are.",
                s => s.Freeze, (s, v) => s with { Freeze = v });
            yield return model.Boolean("allow_other_computation", "Whether the model may compute otherwise than the one that the first "
                + "weights were trained in: another GELU, norm epsilon, number of heads or pixel normalization.",
                s => s.AllowsOtherComputation, (s, v) => s with { AllowsOtherComputation = v });
        }
    }

    /// <summary>The keys of a task that reads captions.</summary>
    public static IEnumerable<RecipeKey> TextKeys =>
    [
        .. Keys,
        Section.Boolean("allow_other_vocabulary", "Whether captions may be read with another vocabulary than the first weights were "
            + "trained with; the embedding of tokens then begins at random.",
            s => s.AllowsOtherVocabulary, (s, v) => s with { AllowsOtherVocabulary = v }),
    ];

    private static RecipeSection<StartOptions> Section { get; } =
        new("model.", recipe => recipe.Options.Start, (recipe, start) => recipe with { Options = recipe.Options with { Start = start } });

    /// <summary>Whether a parameter keeps its random values.</summary>
    public bool LeavesFresh(string parameter) => InitializeExcept.Any(pattern => NamePattern.Matches(pattern, parameter));

    /// <summary>Whether training leaves a parameter alone.</summary>
    public bool Freezes(string parameter) => Freeze.Any(pattern => NamePattern.Matches(pattern, parameter));

    /// <summary>Refuses patterns that no parameter is named like, and those that leave nothing to train.</summary>
    /// <exception cref="RecipeException">There are such.</exception>
    internal void CheckNames(string recipe, Model model)
    {
        IReadOnlyList<Parameter> parameters = model.Parameters.Parameters;
        string[] names = [.. parameters.Select(parameter => parameter.Name)];
        List<string> problems =
        [
            .. NamePattern.Unmatched("model.initialize_except", InitializeExcept, names),
            .. NamePattern.Unmatched("model.freeze", Freeze, names),
        ];
        if (Freeze.Count > 0 && parameters.All(parameter => parameter.IsFrozen))
        {
            problems.Add($"model.freeze leaves nothing to train: all {names.Length} parameters are frozen. "
                + "Name only those that are to stay as they are.");
        }

        if (problems.Count > 0)
        {
            throw new RecipeException(recipe, problems);
        }
    }
}
