namespace Avion.Training;

/// <summary>What every training of a dual encoder adds to a recipe: the two towers, captions and the scale of similarities.</summary>
public abstract record DualEncoderOptions : TaskOptions
{
    public VisionOptions Vision { get; init; } = new();

    public TextOptions Text { get; init; } = new();

    public int EmbeddingSize { get; init; } = 256;

    public string Vocabulary { get; init; } = "";

    public string Relevancy { get; init; } = "";

    public string Sentences { get; init; } = "";

    public bool FreezesLogitScale { get; init; }

    public DualEncoderEvaluation Evaluation { get; init; } = new();

    /// <summary>The keys of a task that has these options and perhaps more.</summary>
    internal static IEnumerable<RecipeKey> KeysOf<TOptions>() where TOptions : DualEncoderOptions
    {
        RecipeSection<TOptions> model = TaskSection.Of<TOptions>("model."), validation = TaskSection.Of<TOptions>("data.validation."),
            data = TaskSection.Of<TOptions>("data."), train = TaskSection.Of<TOptions>("train.");
        yield return model.Integer("embedding_size", "Size of the joint video-text space.", 1, 65536,
            m => m.EmbeddingSize, (m, v) => m with { EmbeddingSize = (int)v });
        IEnumerable<RecipeKey> towers =
        [
            .. StartOptions.TextKeys,
            .. VisionOptions.KeysIn(model.Part("vision.", m => m.Vision, (m, v) => m with { Vision = v })),
            .. TextOptions.KeysIn(model.Part("text.", m => m.Text, (m, v) => m with { Text = v })),
        ];
        foreach (RecipeKey key in towers)
        {
            yield return key;
        }

        foreach (RecipeKey key in DualEncoderEvaluation.KeysIn(
            TaskSection.Of<TOptions>("").Part("evaluate.", m => m.Evaluation, (m, v) => m with { Evaluation = v })))
        {
            yield return key;
        }

        yield return validation.Text("relevancy", "Pickled matrix with the relevance of each sentence to each clip; empty: a clip's "
            + "own caption is relevant, and so are equal captions.", s => s.Relevancy, (s, v) => s with { Relevancy = v }).NamingFiles();
        yield return validation.Text("sentences", "CSV with the narration id of each column of the relevancy matrix.",
            s => s.Sentences, (s, v) => s with { Sentences = v }).NamingFiles();
        yield return data.Text("vocabulary", "CLIP merges file (bpe_simple_vocab_16e6.txt), or a run, checkpoint or weights that carry "
            + "one; empty: that of the first weights, else one that is trained on the training captions.",
            s => s.Vocabulary, (s, v) => s with { Vocabulary = v }).NamingFiles();
        yield return train.Boolean("freeze_logit_scale", "Keep the scale of similarities at its first value, 1/0.07 or that of the first "
            + "weights.",
            s => s.FreezesLogitScale, (s, v) => s with { FreezesLogitScale = v });
    }

    /// <summary>A recipe's part for its dual encoder.</summary>
    public static DualEncoderOptions Of(Recipe recipe) => recipe.OptionsOf<DualEncoderOptions>();

    /// <summary>The sizes of the model, for a vocabulary of so many tokens.</summary>
    public virtual DualEncoderConfig ModelConfig(int vocabularySize) => new()
    {
        EmbeddingSize = EmbeddingSize,
        Vision = Vision.ModelConfig(),
        Text = Text.ModelConfig(vocabularySize),
    };

    /// <summary>Leaves out what another evaluator alone reads, so that its files need not be there.</summary>
    public override Recipe ForEvaluator(Recipe recipe, string evaluator)
    {
        DualEncoderOptions options = evaluator == RetrievalEvaluator.Word ? this : this with { Relevancy = "", Sentences = "" };
        options = options with
        {
            Evaluation = options.Evaluation with
            {
                Classes = evaluator == ZeroShotEvaluator.Word ? options.Evaluation.Classes : "",
                Questions = evaluator == MultipleChoiceEvaluator.Word ? options.Evaluation.Questions : "",
            },
        };
        DataSourceRecipe validation = recipe.Data.Validation with
        {
            Annotations = evaluator == MultipleChoiceEvaluator.Word ? TextList.Empty : recipe.Data.Validation.Annotations,
        };
        return recipe with { Options = options, Data = recipe.Data with { Validation = validation } };
    }

    /// <inheritdoc />
    public override IEnumerable<string> Contradictions()
    {
        if (Relevancy.Length > 0 != Sentences.Length > 0)
        {
            yield return "data.validation.relevancy and data.validation.sentences belong together: give both or none.";
        }

        if (Vision.ImageSize % Vision.PatchSize != 0)
        {
            yield return $"model.vision.image_size is {Vision.ImageSize}, "
                + $"expected a multiple of model.vision.patch_size {Vision.PatchSize}.";
        }

        if (Vision.Width % Vision.Heads != 0)
        {
            yield return $"model.vision.width is {Vision.Width}, expected a multiple of model.vision.heads {Vision.Heads}.";
        }

        if (Text.Width % Text.Heads != 0)
        {
            yield return $"model.text.width is {Text.Width}, expected a multiple of model.text.heads {Text.Heads}.";
        }
    }
}
