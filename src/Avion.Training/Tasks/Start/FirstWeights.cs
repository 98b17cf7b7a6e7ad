namespace Avion.Training;

/// <summary>The weights that a recipe begins with: what they decide of the recipe, and how they fill its model.</summary>
public static class FirstWeights
{
    private const string Key = "model.initialize_from", TokenEmbedding = "textual.token_embedding.weight",
        Encoder = "encoder.", TextTower = "textual.transformer.resblocks.0.ln_1.weight";

    /// <summary>Whether a recipe begins with weights that are on this machine.</summary>
    public static bool AreHere(Recipe recipe) =>
        recipe.Options.Start.InitializeFrom is { Length: > 0 } path && (File.Exists(path) || Directory.Exists(path));

    /// <summary>As <see cref="Adopt"/>, where the weights are on this machine; a recipe of which nothing is
    /// to be trained needs none.</summary>
    /// <exception cref="RecipeException">The weights and the recipe, or its keys among themselves, contradict each other.</exception>
    public static Recipe AdoptIfHere(Recipe recipe, TrainingData? data = null)
    {
        if (AreHere(recipe))
        {
            return Adopt(recipe, data);
        }

        string[] problems = [.. recipe.Contradictions()];
        return problems.Length == 0 ? recipe : throw new RecipeException(recipe.Name, problems);
    }

    /// <summary>The recipe with what its first weights say of themselves, where the recipe says nothing.</summary>
    /// <param name="recipe">A recipe, with or without first weights.</param>
    /// <param name="data">The data of a program, whose vocabulary counts; null for what the recipe names.</param>
    /// <exception cref="RecipeException">There are no such weights, or they and the recipe contradict each other.</exception>
    /// <exception cref="CheckpointException">The file is damaged.</exception>
    public static Recipe Adopt(Recipe recipe, TrainingData? data = null)
    {
        if (recipe.Options.Start.InitializeFrom.Length == 0)
        {
            return recipe;
        }

        using PretrainedWeights weights = PretrainedWeights.Open(Find(recipe));
        List<string> problems = [];
        Recipe adopted = AdoptVocabulary(AdoptFacts(recipe, weights, problems), weights, data, problems);
        if (problems.Count == 0)
        {
            problems.AddRange(adopted.Contradictions());
        }

        if (problems.Count > 0)
        {
            throw new RecipeException(recipe.Name, problems);
        }

        CheckFacts(adopted, weights);
        return adopted;
    }

    /// <summary>A recipe with what weights say of their model, where the recipe says nothing.</summary>
    /// <exception cref="RecipeException">The recipe cannot say it, or has to.</exception>
    internal static Recipe AdoptFacts(Recipe recipe, string path)
    {
        using PretrainedWeights weights = PretrainedWeights.Open(path);
        List<string> problems = [];
        Recipe adopted = AdoptFacts(recipe, weights, problems);
        return problems.Count == 0 ? adopted : throw new RecipeException(recipe.Name, problems);
    }

    /// <summary>Fills the model of a task that begins a training; others stay as they are.</summary>
    /// <returns>What was done with each tensor; null where the recipe begins at random.</returns>
    /// <exception cref="RecipeException">There is no such file, or it does not fit as the recipe asks.</exception>
    /// <exception cref="CheckpointException">The file is damaged, or nothing in it fits.</exception>
    internal static PretrainedReport? Load(TrainingTask task)
    {
        TaskSetup setup = task.Setup;
        if (setup.Purpose != TaskPurpose.Training || setup.IsResumed || setup.Recipe.Options.Start.InitializeFrom.Length == 0)
        {
            return null;
        }

        using PretrainedWeights weights = PretrainedWeights.Open(Find(setup.Recipe));
        return weights.LoadInto(task.Model, OptionsOf(setup.Recipe, weights, setup.Data));
    }

    /// <summary>What <see cref="Load"/> would do, for a model that need not have memory.</summary>
    internal static PretrainedReport Compare(TrainingTask task)
    {
        using PretrainedWeights weights = PretrainedWeights.Open(Find(task.Setup.Recipe));
        return weights.Compare(task.Model, OptionsOf(task.Setup.Recipe, weights, task.Setup.Data));
    }

    private static string Find(Recipe recipe)
    {
        try
        {
            return WeightsPath.Find(recipe.Options.Start.InitializeFrom);
        }
        catch (Exception error) when (error is FileNotFoundException or RunException)
        {
            throw new RecipeException(recipe.Name, [$"{Key}: {error.Message}"]);
        }
    }

    private static PretrainedOptions OptionsOf(Recipe recipe, PretrainedWeights weights, TrainingData? data)
    {
        StartOptions start = recipe.Options.Start;
        bool isOther = VocabularyProblem(recipe, weights, data) is { } problem
            && (start.AllowsOtherVocabulary ? true : throw new RecipeException(recipe.Name, [problem]));
        return new PretrainedOptions
        {
            LeavesFresh = name => start.LeavesFresh(name) || (isOther && name == TokenEmbedding),
            IsPartial = start.IsPartial,
            AllowsOtherComputation = start.AllowsOtherComputation,
        };
    }

    private static Recipe AdoptFacts(Recipe recipe, PretrainedWeights weights, List<string> problems)
    {
        RecipeSchema schema = RecipeSchema.Of(recipe);
        StartOptions start = recipe.Options.Start;
        foreach (ModelFact fact in weights.Facts)
        {
            RecipeKey? key = KeyOf(schema, fact);
            bool isLeftOut = (fact.Name.StartsWith("text.", StringComparison.Ordinal) && start.LeavesFresh(TextTower))
                || (fact.Kind == FactKind.Head && start.LeavesFresh("visual.image_projection"))
                || (fact.Kind == FactKind.Vocabulary && start.AllowsOtherVocabulary)
                || (fact.Kind == FactKind.LayerScale && fact.Value == "0");
            if (key is null || isLeftOut || schema.IsStated(recipe, key))
            {
                continue;
            }

            if (fact.Source == FactSource.Unknown)
            {
                problems.Add($"'{weights.Path}' does not say {key.Path}, and no published model has its width: give {key.Path}.");
            }
            else if (key.TrySet(recipe, new RecipeValue([fact.Value], IsList: false, weights.Path), out Recipe? changed))
            {
                recipe = changed;
            }
            else
            {
                problems.Add($"{Key}: '{weights.Path}' has {key.Path} {fact.Value}, which a recipe cannot have; expected {key.Expected}.");
            }
        }

        return recipe;
    }

    /// <summary>The key of a fact, if the task has it; tasks that know one encoder
    /// of many kinds have its keys below <c>model.vision</c>.</summary>
    private static RecipeKey? KeyOf(RecipeSchema schema, ModelFact fact) => schema.Find(fact.Key)
        ?? schema.Find("model.vision." + fact.Name[(fact.Name.StartsWith(Encoder, StringComparison.Ordinal) ? Encoder.Length : 0)..]);

    private static Recipe AdoptVocabulary(Recipe recipe, PretrainedWeights weights, TrainingData? data, List<string> problems)
    {
        StartOptions start = recipe.Options.Start;
        if (recipe.Options is DualEncoderOptions { Vocabulary: "" } options && data?.Encoder is null && !start.AllowsOtherVocabulary
            && StartVocabulary.OfWeights(weights)?.Path is { } path && !start.LeavesFresh(TextTower))
        {
            recipe = recipe with { Options = options with { Vocabulary = path } };
        }

        if (VocabularyProblem(recipe, weights, data) is { } problem && !start.AllowsOtherVocabulary)
        {
            problems.Add(problem);
        }

        return recipe;
    }

    /// <summary>Why the captions' tokens are not those of the weights, as a sentence; null where they are, as far as is known.</summary>
    private static string? VocabularyProblem(Recipe recipe, PretrainedWeights weights, TrainingData? data)
    {
        if (recipe.Options is not DualEncoderOptions || recipe.Options.Start.LeavesFresh(TextTower)
            || StartVocabulary.OfWeights(weights) is not { } theirs)
        {
            return null;
        }

        StartVocabulary? ours = StartVocabulary.OfRecipe(recipe, data);
        return ours?.IsSame(theirs) == true
            ? null
            : $"the text tower of '{weights.Path}' was trained with another vocabulary ({theirs}) than the captions are read with "
                + $"({ours?.ToString() ?? "a new one, trained on them"}). Name its own with data.vocabulary, or set "
                + "model.allow_other_vocabulary=true to begin with random token embeddings.";
    }

    /// <summary>Refuses a recipe that states other values than its first weights have, before anything is made.</summary>
    private static void CheckFacts(Recipe recipe, PretrainedWeights weights)
    {
        RecipeSchema schema = RecipeSchema.Of(recipe);
        ModelFact[] own =
        [
            .. from fact in weights.Facts
               let key = KeyOf(schema, fact)
               where key is not null
               select fact with { Value = key.ValueIn(recipe).Trim('"'), Key = key.Path },
        ];
        try
        {
            weights.CheckFacts(own, new PretrainedOptions
            {
                LeavesFresh = recipe.Options.Start.LeavesFresh,
                AllowsOtherComputation = recipe.Options.Start.AllowsOtherComputation,
            });
        }
        catch (CheckpointException error)
        {
            throw new RecipeException(recipe.Name, [$"{Key}: {error.Message}"]);
        }
    }
}
