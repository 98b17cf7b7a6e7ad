namespace Avion.Training;

/// <summary>What other settings would make of the steps: each is run on made-up clips beside the recipe's own, on one rank.</summary>
internal static class StepVariants
{
    private const int MostSteps = 50;

    /// <summary>Settings worth trying.</summary>
    /// <param name="recipe">What is trained.</param>
    /// <param name="plan">Its plan.</param>
    /// <param name="devices">What trains it.</param>
    public static IEnumerable<(string Change, string[] Overrides)> Of(Recipe recipe, MemoryPlan plan, DeviceChoice devices)
    {
        const string patchDropout = "model.vision.patch_dropout";
        if (devices.ActivationType == ElementType.Float32)
        {
            yield return ("train.precision=bf16", ["train.precision=bf16"]);
        }

        if (RecipeSchema.Of(recipe).Find(patchDropout)?.ValueIn(recipe) == "0")
        {
            yield return ($"{patchDropout}=0.5, as FLIP trains", [$"{patchDropout}=0.5"]);
        }

        if (plan.RecomputedCount > 0)
        {
            yield return ("memory for train.checkpoint_activations=false", ["train.checkpoint_activations=false"]);
        }
    }

    /// <summary>Clips in a second of a recipe's steps on the first of its devices.</summary>
    /// <param name="recipe">What to run; its batch is one rank's.</param>
    /// <param name="captionTokens">Tokens of every caption; 0: as many as the model reads.</param>
    /// <param name="threads">Compute threads; 0: one per processor.</param>
    /// <param name="seconds">Time for it; at least three steps are taken.</param>
    /// <param name="cancellation">Stops between steps.</param>
    public static double ClipsPerSecond(Recipe recipe, int captionTokens, int threads, double seconds, CancellationToken cancellation)
    {
        using StepBenchmark benchmark = new(recipe, captionTokens, threads);
        StepBenchmarkResult first = benchmark.Run(steps: 1, measuresPeak: false, cancellation);

        // A run takes two steps that warm up; three were taken.
        int steps = (int)Math.Clamp((seconds / (first.StepMilliseconds / 1000)) - 5, 0, MostSteps);
        return steps > 1 ? benchmark.Run(steps, measuresPeak: false, cancellation).ClipsPerSecond : first.ClipsPerSecond;
    }
}
