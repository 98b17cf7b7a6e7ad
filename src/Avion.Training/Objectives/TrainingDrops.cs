namespace Avion.Training;

/// <summary>What the vision tower leaves out at random while it trains, and only then.</summary>
/// <param name="Patches">Share of each clip's patches.</param>
/// <param name="Paths">Share of clips that go without a block's branch.</param>
/// <param name="Seed">The run's seed.</param>
public readonly record struct TrainingDrops(float Patches, float Paths, ulong Seed)
{
    /// <summary>As a recipe has it.</summary>
    public static TrainingDrops Of(Recipe recipe) =>
        new((float)recipe.Model.Vision.PatchDropout, (float)recipe.Model.Vision.DropPath, recipe.Train.Seed);

    /// <summary>Turns dropping on for the step that a batch belongs to; its draws depend on the seed and that position alone.</summary>
    public void Begin(DualEncoder model, RunPosition position)
    {
        ulong step = ((ulong)(uint)position.Epoch << 32) | (uint)position.Step;
        (model.VisionPatches.Rate, model.VisionPatches.Seed, model.VisionPatches.Step) = (Patches, Seed, (long)step);
        (model.VisionDepth.Rate, model.VisionDepth.Seed, model.VisionDepth.Step) = (Paths, Seed, step);
    }

    /// <summary>Turns dropping off, as evaluation has it.</summary>
    public static void End(DualEncoder model) => (model.VisionPatches.Rate, model.VisionDepth.Rate) = (0, 0);
}
