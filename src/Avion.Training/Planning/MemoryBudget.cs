namespace Avion.Training;

/// <summary>Chooses the plan that a recipe asks for, and refuses a recipe whose training does not fit.</summary>
public static class MemoryBudget
{
    /// <summary>What is left for the runtime, decoders, libraries and the system where the budget is the machine's memory.</summary>
    private const double ShareOfMachine = 0.8;

    /// <summary>What is left for the driver, its context, libraries and kernels where the budget is a GPU's memory.</summary>
    private const double ShareOfGpu = 0.92;

    /// <summary>The plan of <c>train.checkpoint_activations</c> and <c>train.micro_batch_size</c> within
    /// <c>train.memory_budget</c>.</summary>
    /// <remarks>Of the plans that fit, the one with the fewest operations, and among equals the one with the fewest parts: recomputed
    /// blocks cost part of a forward pass, and so do the parts of a batch whose loss compares samples; parts
    /// of a mean cost nothing.</remarks>
    /// <param name="recipe">What to train.</param>
    /// <param name="threads">Compute threads; 0: one per processor.</param>
    /// <param name="evaluates">Whether the run evaluates.</param>
    /// <exception cref="RecipeException">The training does not fit: the sentence says what is
    /// needed, what there is, and what to change.</exception>
    public static MemoryPlan Choose(Recipe recipe, int threads = 0, bool evaluates = true)
    {
        MemoryPlan plan = ChooseOrLeast(recipe, threads, evaluates, out RecipeException? tooLarge);
        return tooLarge is null ? plan : throw tooLarge;
    }

    /// <summary>As <see cref="Choose"/>; where nothing fits, the plan that comes closest, with why it is refused.</summary>
    internal static MemoryPlan ChooseOrLeast(Recipe recipe, int threads, bool evaluates, out RecipeException? tooLarge)
    {
        tooLarge = null;
        DeviceDescription device = DeviceChoice.Of(recipe).Describe(threads);
        using MemoryPlanner planner = new(recipe, device, evaluates);
        if (Best(planner, recipe.Train) is { } best)
        {
            return best;
        }

        Recipe free = recipe with { Train = recipe.Train with { CheckpointActivations = "auto" } };
        string? remedy = recipe.Train.RecomputedBlocks is null
            ? null
            : FitsWith(Best(planner, free.Train), "train.checkpoint_activations=auto");
        if (remedy is null && recipe.Train.PartCount is not null)
        {
            remedy = FitsWith(Best(planner, free.Train with { MicroBatchSize = "auto" }),
                (recipe.Train.RecomputedBlocks is null ? "" : "train.checkpoint_activations=auto and ") + "train.micro_batch_size=auto")
                + WhatFits(recipe, device, evaluates);
        }

        remedy ??= WhatFits(recipe, device, evaluates);
        planner.PartCount = recipe.Train.PartCount ?? planner.PartCounts.Last();
        MemoryPlan least = recipe.Train.RecomputedBlocks is { } count
            ? planner.With(Math.Min(count, planner.BlockCount))
            : planner.Table().MinBy(plan => plan.TotalBytes)!;
        tooLarge = TooLarge(recipe, device, least, remedy);
        return least;
    }

    /// <summary>The best plan that fits; null for none.</summary>
    public static MemoryPlan? Best(MemoryPlanner planner, TrainRecipe train)
    {
        long budget = BudgetOf(train, planner.Device);
        MemoryPlan? best = null;
        foreach (int count in train.PartCount is { } only ? [only] : planner.PartCounts)
        {
            planner.PartCount = count;
            MemoryPlan? plan = train.RecomputedBlocks is { } blocks
                ? planner.With(Math.Min(blocks, planner.BlockCount)) is { } one && one.TotalBytes <= budget ? one : null
                : planner.Smallest(budget);
            best = plan is not null && (best is null || plan.StepFlops < best.StepFlops) ? plan : best;

            // More parts cannot spare operations any more.
            if (plan is { RecomputedCount: 0 } || (plan is not null && train.RecomputedBlocks is not null))
            {
                break;
            }
        }

        return best;
    }

    /// <summary>The stated budget, or what the devices of a training have for it: a GPU's memory, or this machine's.</summary>
    /// <param name="recipe">What to train.</param>
    /// <param name="device">What trains, one for each rank.</param>
    public static long BudgetOf(Recipe recipe, DeviceDescription device) => BudgetOf(recipe.Train, device);

    private static long BudgetOf(TrainRecipe train, DeviceDescription device) => ByteSize.TryParse(train.MemoryBudget, out long bytes)
        ? bytes
        : device.MemoryBytes > 0 ? (long)(ShareOfGpu * device.MemoryBytes) * train.DeviceList.Count
        : (long)(ShareOfMachine * GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);

    private static string? FitsWith(MemoryPlan? plan, string keys) =>
        plan is null ? null : $"It fits where {plan.BlocksText}: set {keys}. ";

    /// <summary>What to change where a training does not fit, as a sentence: a batch that fits, close to the largest one, found by
    /// trying.</summary>
    public static string WhatFits(Recipe recipe, DeviceDescription device, bool evaluates)
    {
        long budget = BudgetOf(recipe, device);
        int ranks = recipe.Train.DeviceList.Count, fits = 0, tooMany = recipe.Train.BatchSize / ranks;
        while (tooMany - fits > 1)
        {
            int middle = (fits + tooMany) / 2;
            using MemoryPlanner planner = new(
                recipe with { Train = recipe.Train with { BatchSize = middle * ranks, MicroBatchSize = "0" } }, device, evaluates);
            (fits, tooMany) = planner.With(planner.BlockCount).TotalBytes <= budget ? (middle, tooMany) : (fits, middle);
        }

        return fits > 0
            ? string.Create(CultureInfo.InvariantCulture,
                $"With train.checkpoint_activations=auto, train.batch_size={fits * ranks} fits; or raise train.memory_budget.")
            : "No batch size fits: choose a smaller model or fewer frames, or raise train.memory_budget.";
    }

    private static RecipeException TooLarge(Recipe recipe, DeviceDescription device, MemoryPlan plan, string remedy)
    {
        string budget = recipe.Train.MemoryBudget.Length > 0
            ? $"train.memory_budget is {recipe.Train.MemoryBudget}"
            : device.MemoryBytes > 0
            ? $"a GPU has {ByteSize.Text(BudgetOf(recipe, device) / recipe.Train.DeviceList.Count)} for training "
                + $"({ShareOfGpu:P0} of its {ByteSize.Text(device.MemoryBytes)})"
            : $"this machine has {ByteSize.Text(BudgetOf(recipe, device))} for training ({ShareOfMachine:P0} of its memory)";
        string least = recipe.Train.RecomputedBlocks is null ? "at least " : "";
        List<string> problem =
            [$"training needs {least}{ByteSize.Text(plan.TotalBytes)} where {plan.BlocksText}: {plan.BytesText}; but {budget}. {remedy}"];
        return new RecipeException(recipe.Name, problem);
    }
}
