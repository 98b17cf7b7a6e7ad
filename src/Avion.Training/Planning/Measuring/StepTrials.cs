namespace Avion.Training;

/// <summary>Finds what other settings would make of a recipe's steps: a few of each are run on made-up clips, on one rank, between two
/// measurements of the recipe's own.</summary>
/// <param name="recipe">What is trained, on named devices.</param>
/// <param name="plan">Its plan.</param>
/// <param name="devices">What trains it.</param>
/// <param name="options">What the program supplies.</param>
/// <param name="gaps">Hears what could not be tried.</param>
internal sealed class StepTrials(Recipe recipe, MemoryPlan plan, DeviceChoice devices, TrainingOptions options, MeasurementGaps gaps)
{
    private const int LeastSteps = 5, MostSteps = 50;

    /// <summary>Two measurements of the same steps that differ by more leave nothing to compare others with.</summary>
    private const double MostDifference = 1.3;

    /// <summary>Tokens of a caption, on average; 0 where they are not known.</summary>
    public int CaptionTokens { get; init; }

    /// <summary>Clips of an epoch.</summary>
    public long EpochClips { get; init; } = long.MaxValue;

    /// <summary>How much faster the recipe's own steps ran at one time than at the other.</summary>
    public double Difference { get; private set; } = 1;

    /// <summary>Runs all that are worth trying.</summary>
    /// <param name="seconds">Time for all; at least three steps of each are taken.</param>
    /// <param name="clipsPerSecond">Rate of one rank's own steps, by which their number is chosen.</param>
    /// <param name="secondsOfAll">The time that the whole measurement has, for advice to give more.</param>
    /// <param name="cancellation">Stops between steps.</param>
    /// <returns>What each gave; empty where nothing can be concluded.</returns>
    public IReadOnlyList<StepTrial> Run(double seconds, double clipsPerSecond, double secondsOfAll, CancellationToken cancellation)
    {
        int all = recipe.Train.DeviceList.ShareOf(recipe);
        StepVariant[] ofSteps = [.. StepVariant.OfSteps(recipe, plan, devices, CaptionTokens)],
            ofBatches = [.. StepVariant.OfBatches(recipe, devices, EpochClips, options)], variants = [.. ofSteps, .. ofBatches];
        double each = seconds / (variants.Length + 2), clips = each / LeastSteps * clipsPerSecond;
        if (variants.Length > 0 && clips < Math.Max(2, recipe.Data.Repeats))
        {
            gaps.Add($"{WhatOf(variants)}: no time was left. Give more: --seconds {4 * secondsOfAll:0}");
            return [];
        }

        int share = MeasuredRecipe.ShareOf(recipe, plan, clips);
        if (share < all && ofBatches.Length > 0)
        {
            gaps.Add($"{WhatOf(ofBatches)}: steps of whole batches take longer than there is time. "
                + $"Give more: --seconds {Math.Ceiling(secondsOfAll * all / clips):0}");
            variants = ofSteps;
        }

        return variants.Length == 0 ? []
            : Run(MeasuredRecipe.OnOneRank(MeasuredRecipe.WithShare(recipe, plan, share), devices, share), variants, each, cancellation);
    }

    private static string WhatOf(params IEnumerable<StepVariant> variants) =>
        $"What {string.Join("; ", variants.Select(variant => variant.Change))} would give";

    private List<StepTrial> Run(Recipe own, IReadOnlyList<StepVariant> variants, double seconds, CancellationToken cancellation)
    {
        List<(StepVariant Variant, int Clips, double Rate)> rates = [];
        double before = RateOf(own);
        foreach (StepVariant variant in variants)
        {
            gaps.Try(WhatOf([variant]), () =>
            {
                Recipe tried = variant.Of(own);
                rates.Add((variant, tried.Train.BatchSize, RateOf(tried)));
            });
        }

        double after = RateOf(own), plain = (before + after) / 2;
        Difference = Math.Max(before, after) / Math.Min(before, after);
        if (Difference > MostDifference)
        {
            gaps.Add(string.Create(CultureInfo.InvariantCulture, $"{WhatOf(rates.Select(rate => rate.Variant))}: the recipe's own steps "
                + $"ran {Difference:0.0} times as fast at one time as at another, because other programs take the machine. "
                + $"Measure when it is quiet."));
            return [];
        }

        return [.. rates.Select(rate => new StepTrial(rate.Variant.Change, rate.Rate / plain, Because(rate.Rate / plain, rate.Clips)))];

        double RateOf(Recipe tried) => ClipsPerSecond(tried, CaptionTokens, options.ComputeThreads, seconds, cancellation);

        string Because(double ratio, int clips) =>
            string.Create(CultureInfo.InvariantCulture, $"steps alone trained {ratio:0.00} times as many clips a second, {clips} each")
            + (clips == own.Train.BatchSize ? "" : $" where the recipe's have {own.Train.BatchSize}")
            + (ratio > 1 && ratio <= Difference ? ", no more than its own differed" : "");
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

/// <summary>What another setting made of the steps.</summary>
/// <param name="Change">The setting.</param>
/// <param name="Ratio">Clips a second of steps alone, divided by those of the recipe's own steps.</param>
/// <param name="Because">That in words.</param>
internal sealed record StepTrial(string Change, double Ratio, string Because);
