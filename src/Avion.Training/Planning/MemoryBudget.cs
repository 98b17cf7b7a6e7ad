namespace Avion.Training;

/// <summary>Chooses the plan that a recipe asks for, and refuses a recipe whose training does not fit.</summary>
public static class MemoryBudget
{
    /// <summary>What is left for the runtime, decoders, libraries and the system where the budget is the machine's memory.</summary>
    private const double ShareOfMachine = 0.8;

    /// <summary>The plan of <c>train.checkpoint_activations</c> within <c>train.memory_budget</c>.</summary>
    /// <param name="recipe">What to train.</param>
    /// <param name="threads">Compute threads; 0: one per processor.</param>
    /// <param name="evaluates">Whether the run evaluates.</param>
    /// <exception cref="RecipeException">The training does not fit: the sentence says what is
    /// needed, what there is, and what to change.</exception>
    public static MemoryPlan Choose(Recipe recipe, int threads = 0, bool evaluates = true)
    {
        using MemoryPlanner planner = new(recipe, threads, evaluates);
        if (recipe.Train.RecomputedBlocks is { } count)
        {
            MemoryPlan stated = planner.With(Math.Min(count, planner.BlockCount));
            return recipe.Train.MemoryBudget.Length == 0 || stated.TotalBytes <= BudgetOf(recipe)
                ? stated
                : throw TooLarge(recipe, stated, FitsWith(planner.Smallest(BudgetOf(recipe))) ?? WhatToChange(recipe, threads, evaluates));
        }

        return planner.Smallest(BudgetOf(recipe))
            ?? throw TooLarge(recipe, planner.Table().MinBy(plan => plan.TotalBytes)!, WhatToChange(recipe, threads, evaluates));
    }

    /// <summary>The stated budget, or what this machine has for training.</summary>
    public static long BudgetOf(Recipe recipe) => ByteSize.TryParse(recipe.Train.MemoryBudget, out long bytes)
        ? bytes
        : (long)(ShareOfMachine * GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);

    private static string? FitsWith(MemoryPlan? plan) => plan is null
        ? null
        : $"It fits where {plan.BlocksText}: set train.checkpoint_activations=auto.";

    /// <summary>A batch that fits, close to the largest one, found by trying.</summary>
    private static string WhatToChange(Recipe recipe, int threads, bool evaluates)
    {
        long budget = BudgetOf(recipe);
        int ranks = recipe.Train.DeviceList.Count, fits = 0, tooMany = recipe.Train.BatchSize / ranks;
        while (tooMany - fits > 1)
        {
            int middle = (fits + tooMany) / 2;
            using MemoryPlanner planner = new(recipe with { Train = recipe.Train with { BatchSize = middle * ranks } }, threads, evaluates);
            (fits, tooMany) = planner.With(planner.BlockCount).TotalBytes <= budget ? (middle, tooMany) : (fits, middle);
        }

        return fits > 0
            ? string.Create(CultureInfo.InvariantCulture,
                $"With train.checkpoint_activations=auto, train.batch_size={fits * ranks} fits; or raise train.memory_budget.")
            : "No batch size fits: choose a smaller model or fewer frames, or raise train.memory_budget.";
    }

    private static RecipeException TooLarge(Recipe recipe, MemoryPlan plan, string remedy)
    {
        string budget = recipe.Train.MemoryBudget.Length > 0
            ? $"train.memory_budget is {recipe.Train.MemoryBudget}"
            : $"this machine has {ByteSize.Text(BudgetOf(recipe))} for training ({ShareOfMachine:P0} of its memory)";
        string least = recipe.Train.RecomputedBlocks is null ? "at least " : "";
        List<string> problem =
            [$"training needs {least}{ByteSize.Text(plan.TotalBytes)} where {plan.BlocksText}: {plan.BytesText}; but {budget}. {remedy}"];
        return new RecipeException(recipe.Name, problem);
    }
}
