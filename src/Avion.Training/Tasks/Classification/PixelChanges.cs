namespace Avion.Training;

/// <summary>RandAugment of training clips (keys <c>data.rand_augment.*</c>).</summary>
public sealed record RandAugmentOptions
{
    public int Operations { get; init; }

    public double Level { get; init; } = 7;

    public double LevelDeviation { get; init; } = 0.5;

    public double Probability { get; init; } = 0.5;

    internal static IEnumerable<RecipeKey> KeysIn(RecipeSection<RandAugmentOptions> augment)
    {
        yield return augment.Integer("operations", "Operations of RandAugment that are drawn for each training clip, of fourteen; 0: none.",
            0, 14, s => s.Operations, (s, v) => s with { Operations = (int)v });
        yield return augment.Number("level", "Their strength.", NumberRange.Between(0, RandAugment.LargestLevel),
            s => s.Level, (s, v) => s with { Level = v });
        yield return augment.Number("level_deviation", "Standard deviation of their strength.", NumberRange.Between(0, 10),
            s => s.LevelDeviation, (s, v) => s with { LevelDeviation = v });
        yield return augment.Number("probability", "Chance of each drawn operation to be done.", NumberRange.Between(0, 1),
            s => s.Probability, (s, v) => s with { Probability = v });
    }
}

/// <summary>Random erasing of training clips (keys <c>data.random_erasing.*</c>).</summary>
public sealed record RandomErasingOptions
{
    public double Probability { get; init; }

    public double AreaMinimum { get; init; } = 0.02;

    public double AreaMaximum { get; init; } = 1.0 / 3;

    public double AspectMinimum { get; init; } = 0.3;

    internal static IEnumerable<RecipeKey> KeysIn(RecipeSection<RandomErasingOptions> erasing)
    {
        yield return erasing.Number("probability", "Share of training clips in which a box, the same in all frames, is filled with noise.",
            NumberRange.Between(0, 1), s => s.Probability, (s, v) => s with { Probability = v });
        yield return erasing.Number("area_minimum", "Smallest area of the box, as a share of the frame.", NumberRange.Between(0.0001, 1),
            s => s.AreaMinimum, (s, v) => s with { AreaMinimum = v });
        yield return erasing.Number("area_maximum", "Largest area of the box, as a share of the frame.", NumberRange.Between(0.0001, 1),
            s => s.AreaMaximum, (s, v) => s with { AreaMaximum = v });
        yield return erasing.Number("aspect_minimum", "Smallest height of the box divided by its width; the largest is one over it.",
            NumberRange.Between(0.01, 1), s => s.AspectMinimum, (s, v) => s with { AspectMinimum = v });
    }

    internal IEnumerable<string> Contradictions()
    {
        if (AreaMinimum > AreaMaximum)
        {
            yield return $"data.random_erasing.area_minimum is {RecipeText.Of(AreaMinimum)}, expected at most "
                + $"data.random_erasing.area_maximum {RecipeText.Of(AreaMaximum)}.";
        }
    }
}

/// <summary>What a recipe does to the pixels of training clips.</summary>
internal static class PixelChanges
{
    /// <summary>In their order: RandAugment, then random erasing, which fills with what the model normalizes to normal noise.</summary>
    public static IReadOnlyList<IClipAugmentation> Of(ClassificationOptions options, PixelNormalization normalization)
    {
        List<IClipAugmentation> changes = [];
        RandAugmentOptions augment = options.RandAugment;
        if (augment.Operations > 0 && augment.Probability > 0)
        {
            changes.Add(new RandAugment(augment.Operations, augment.Level, augment.LevelDeviation, augment.Probability));
        }

        RandomErasingOptions erasing = options.RandomErasing;
        if (erasing.Probability > 0)
        {
            changes.Add(new RandomErasing(erasing.Probability, normalization.Mean, normalization.Deviation, erasing.AreaMinimum,
                erasing.AreaMaximum, erasing.AspectMinimum));
        }

        return changes;
    }
}
