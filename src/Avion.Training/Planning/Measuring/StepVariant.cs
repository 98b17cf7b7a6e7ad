namespace Avion.Training;

/// <summary>Another setting of a recipe's steps.</summary>
/// <param name="Change">What to change, for people.</param>
/// <param name="Of">Makes the changed recipe of the one that is measured, whose batch is one rank's.</param>
internal sealed record StepVariant(string Change, Func<Recipe, Recipe> Of)
{
    /// <summary>What captions are cut to, where they are longer: the text length of CLIPA (arXiv:2305.07017).</summary>
    private const int ShortCaption = 16;

    private const string PatchDropout = "model.vision.patch_dropout", ContextLength = "model.text.context_length";

    /// <summary>Settings that are worth trying with the recipe's own batch, or a part of it.</summary>
    /// <param name="recipe">What is trained.</param>
    /// <param name="plan">Its plan.</param>
    /// <param name="devices">What trains it.</param>
    /// <param name="captionTokens">Tokens of a caption, on average; 0 where they are not known.</param>
    public static IEnumerable<StepVariant> OfSteps(Recipe recipe, MemoryPlan plan, DeviceChoice devices, int captionTokens)
    {
        RecipeSchema schema = RecipeSchema.Of(recipe);
        if (devices.ActivationType == ElementType.Float32)
        {
            yield return With("train.precision=bf16", "train.precision=bf16");
        }

        if (schema.Find(PatchDropout)?.ValueIn(recipe) == "0")
        {
            yield return With($"{PatchDropout}=0.5, as FLIP trains", $"{PatchDropout}=0.5");
        }

        // Captions lie end to end without padding, so the context length costs nothing: only longer captions do.
        if (captionTokens > ShortCaption && schema.Find(ContextLength) is not null)
        {
            yield return With($"{ContextLength}={ShortCaption}, captions cut as CLIPA cuts them", $"{ContextLength}={ShortCaption}");
        }

        if (plan.RecomputedCount > 0)
        {
            yield return With("memory for train.checkpoint_activations=false", "train.checkpoint_activations=false");
        }

        StepVariant With(string change, string key) => new(change, own => RecipeReader.Override(own, [key]));
    }

    /// <summary>Half and twice the recipe's batch, as far as its clips can be shared out so, planned within the same memory: blocks are
    /// recomputed and parts are made as the recipe says.</summary>
    /// <param name="recipe">What is trained, on named devices.</param>
    /// <param name="devices">Those.</param>
    /// <param name="clips">Clips of an epoch, of which a batch needs so many.</param>
    /// <param name="options">What the program supplies.</param>
    public static IEnumerable<StepVariant> OfBatches(Recipe recipe, DeviceChoice devices, long clips, TrainingOptions options)
    {
        const int fewest = 2;
        int batch = recipe.Train.BatchSize, unit = recipe.Train.DeviceList.Count * recipe.Data.Repeats;
        if (batch % (2 * unit) == 0 && batch / 2 / recipe.Train.DeviceList.Count >= fewest)
        {
            yield return With(batch / 2);
        }

        if (2L * batch <= Math.Min(clips, int.MaxValue))
        {
            yield return With(2 * batch);
        }

        StepVariant With(int size) =>
            new($"train.batch_size={size}, which is another training", _ => OnOneRank(recipe, devices, size, options));
    }

    private static Recipe OnOneRank(Recipe recipe, DeviceChoice devices, int batchSize, TrainingOptions options)
    {
        // Parts that such a batch cannot be made of are left to the plan.
        bool keepsParts = !int.TryParse(recipe.Train.MicroBatchSize, CultureInfo.InvariantCulture, out int part) || part == 0
            || (batchSize > part && batchSize % part == 0);
        Recipe other = recipe with
        {
            Train = recipe.Train with { BatchSize = batchSize, MicroBatchSize = keepsParts ? recipe.Train.MicroBatchSize : "auto" },
        };
        MemoryPlan plan = MemoryBudget.Choose(other, options.ComputeThreads, TrainingRun.Evaluates(other, options));
        int share = other.Train.DeviceList.ShareOf(other);
        return MeasuredRecipe.OnOneRank(MeasuredRecipe.WithShare(other, plan, share), devices, share);
    }
}
