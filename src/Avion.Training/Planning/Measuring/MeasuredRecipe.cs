namespace Avion.Training;

/// <summary>A recipe with fewer clips a step, which takes less time to measure.</summary>
internal static class MeasuredRecipe
{
    /// <summary>The largest number of clips for a rank that is not more than wanted, and with
    /// which the recipe's steps work the same.</summary>
    /// <param name="recipe">What is trained.</param>
    /// <param name="plan">Its plan.</param>
    /// <param name="wanted">Clips of a rank that would take the time there is.</param>
    public static int ShareOf(Recipe recipe, MemoryPlan plan, double wanted)
    {
        // Parts of a batch stay as large as they are while there are two of them at least; draws of a sample stay together.
        int share = recipe.Train.DeviceList.ShareOf(recipe), part = share / plan.PartCount;
        int unit = plan.PartCount > 1 && wanted >= 2 * part ? part : recipe.Data.Repeats;
        int smallest = Math.Min(share, recipe.Data.Repeats * (recipe.Data.Repeats > 1 ? 1 : 2));
        return wanted >= share ? share : Math.Max(smallest, (int)(wanted / unit) * unit);
    }

    /// <summary>The recipe with so many clips a rank, as many recomputed blocks, and parts of the same size
    /// where there are several.</summary>
    public static Recipe WithShare(Recipe recipe, MemoryPlan plan, int share)
    {
        int ranks = recipe.Train.DeviceList.Count, part = recipe.Train.DeviceList.ShareOf(recipe) / plan.PartCount;
        return recipe with
        {
            Train = recipe.Train with
            {
                BatchSize = share * ranks,
                MicroBatchSize = plan.PartCount > 1 && share > part && share % part == 0
                    ? (part * ranks).ToString(CultureInfo.InvariantCulture)
                    : "0",
                CheckpointActivations = plan.RecomputedCount.ToString(CultureInfo.InvariantCulture),
            },
        };
    }

    /// <summary>The steps of one rank alone, on the first of the devices, in parts of the same size.</summary>
    /// <param name="recipe">The recipe with the clips that are measured, as <see cref="WithShare"/> makes it.</param>
    /// <param name="devices">Its devices.</param>
    /// <param name="share">Clips of a rank.</param>
    public static Recipe OnOneRank(Recipe recipe, DeviceChoice devices, int share)
    {
        int parts = recipe.Train.PartCount ?? 1;
        Recipe placed = devices.First.Place(recipe);
        return placed with
        {
            Train = placed.Train with
            {
                BatchSize = share, MicroBatchSize = parts > 1 ? (share / parts).ToString(CultureInfo.InvariantCulture) : "0",
            },
        };
    }

    /// <summary>The recipe for reading alone, by one rank in small batches: the rate of reading does not depend on them.</summary>
    public static Recipe ForReading(Recipe recipe, int decodeThreads)
    {
        const int clips = 4;
        int repeats = recipe.Data.Repeats;
        return recipe with
        {
            Data = recipe.Data with { DecodeThreads = decodeThreads },
            Train = Endless(recipe).Train with
            {
                Devices = "cpu", BatchSize = Math.Min(recipe.Train.BatchSize, repeats * Math.Max(1, clips / repeats)), MicroBatchSize = "0",
            },
        };
    }

    /// <summary>The recipe without an end, so that a small set of clips is read again and again.</summary>
    public static Recipe Endless(Recipe recipe) => recipe with { Train = recipe.Train with { Epochs = int.MaxValue, UndroppedEpochs = 0 } };
}
