namespace Avion.Cli;

/// <summary>Times whole training steps on a GPU.</summary>
internal static class StepItems
{
    /// <summary>Figures of a step.</summary>
    public const string BatchSize = "clips_per_step", ClipsPerSecond = "clips_per_second", PlannedBytes = "planned_bytes", Loss = "loss";

    // What a driver keeps for itself and what memory is lost between blocks.
    private const double ShareOfFree = 0.9;

    /// <summary>ViT-B/16 on 4 frames with a linear head.</summary>
    public static Recipe Encoder
    {
        get
        {
            Recipe recipe = TrainingTasks.Find(ClassificationTask.Name)!.NewRecipe();
            ClassificationOptions options = ClassificationOptions.Of(recipe);
            options = options with { Vision = options.Vision with { Frames = 4 }, Classes = 1000 };
            return recipe with { Name = "ViT-B/16, 4 frames", Options = options };
        }
    }

    /// <summary>The published dual encoder: ViT-B/16 on 4 frames, with text.</summary>
    public static Recipe DualEncoder =>
        TrainingTasks.Find(ContrastiveTask.Name)!.NewRecipe() with { Name = "ViT-B/16, 4 frames, with text" };

    /// <summary>Times the step of a recipe with the first of some batch sizes that fits the device's free memory.</summary>
    public static GpuCheckItem Create(Recipe recipe, IReadOnlyList<int> batchSizes, int steps) =>
        new(GpuCheckPart.Step, recipe.Name, devices => [Measure(recipe, batchSizes, steps, devices)]);

    private static GpuFinding Measure(Recipe recipe, IReadOnlyList<int> batchSizes, int steps, GpuCheckDevices devices)
    {
        CudaDevice device = devices.Of(ElementType.BFloat16);
        long free = devices.FreeBytes, least = 0;
        foreach (int clips in batchSizes)
        {
            Recipe sized = recipe with { Train = recipe.Train with { BatchSize = clips } };
            least = StepTiming.PlanBytes(sized, device.Description);
            if (least <= ShareOfFree * free)
            {
                StepRate rate = StepTiming.Measure(sized, device, steps);
                return double.IsFinite(rate.Loss)
                    ? GpuFinding.Good(GpuCheckPart.Step, recipe.Name, $"{clips} clips", (BatchSize, clips),
                        (RateItems.Milliseconds, rate.Seconds * 1e3), (ClipsPerSecond, rate.ClipsPerSecond),
                        (RateItems.TeraflopsPerSecond, rate.TeraflopsPerSecond), (PlannedBytes, least), (Loss, rate.Loss))
                    : GpuFinding.Bad(GpuCheckPart.Step, recipe.Name, $"the loss of {clips} clips of noise is {rate.Loss}, "
                        + "expected a finite number");
            }
        }

        return GpuFinding.Bad(GpuCheckPart.Step, recipe.Name,
            $"{batchSizes[^1]} clips need {Quantity.Bytes(least)}, and {Quantity.Bytes(free)} are free");
    }
}
