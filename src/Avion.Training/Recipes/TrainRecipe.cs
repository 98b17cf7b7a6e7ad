namespace Avion.Training;

/// <summary>The loop itself (keys <c>train.*</c>).</summary>
public sealed record TrainRecipe
{
    public ulong Seed { get; init; }

    public int Epochs { get; init; } = 5;

    public int BatchSize { get; init; } = 16;

    public long MaximumSteps { get; init; }

    /// <summary>Such as <c>cpu:2</c>.</summary>
    public string Devices { get; init; } = DeviceList.Default.ToString();

    /// <summary>How many blocks backward runs again: <c>false</c>, <c>true</c>, a number, or <c>auto</c>.</summary>
    public string CheckpointActivations { get; init; } = Auto;

    /// <summary>Such as <c>24GiB</c>; empty: the machine's memory.</summary>
    public string MemoryBudget { get; init; } = "";

    /// <summary>The number that <see cref="CheckpointActivations"/> states; null: as few as the memory asks for.</summary>
    public int? RecomputedBlocks => CheckpointActivations switch
    {
        Auto => null,
        "false" => 0,
        "true" => int.MaxValue,
        string number => int.Parse(number, CultureInfo.InvariantCulture),
    };

    /// <summary>What <see cref="Devices"/> names.</summary>
    public DeviceList DeviceList =>
        DeviceList.TryParse(Devices, out DeviceList? devices) ? devices : throw new FormatException($"train.devices is '{Devices}'.");

    private const string Auto = "auto";

    internal static IEnumerable<RecipeKey> Keys
    {
        get
        {
            RecipeSection<TrainRecipe> train = new("train.", r => r.Train, (r, s) => r with { Train = s });
            yield return train.Unsigned("seed", "Decides first weights, order, crops and captions.",
                s => s.Seed, (s, v) => s with { Seed = v });
            yield return train.Integer("epochs", "Passes over the training set.", 1, 1_000_000,
                s => s.Epochs, (s, v) => s with { Epochs = (int)v });
            yield return train.Integer("batch_size", "Clips per step, all devices together; a last partial batch is left out.", 1, 1 << 20,
                s => s.BatchSize, (s, v) => s with { BatchSize = (int)v });
            yield return train.Integer("maximum_steps", "Stop after so many steps; 0: after the last epoch. The schedule does not change.",
                0, long.MaxValue, s => s.MaximumSteps, (s, v) => s with { MaximumSteps = v }).WithoutEffectOnResult();
            yield return train.Text("devices",
                "Devices that train together, one rank each; losses agree to rounding for any number of them.", DeviceList.Expected,
                text => DeviceList.TryParse(text, out _), s => s.Devices, (s, v) => s with { Devices = v }).WithoutEffectOnResult();
            yield return train.Text("checkpoint_activations",
                "How many blocks' activations the backward pass recomputes instead of keeping "
                + "them; auto: as few as train.memory_budget allows.", "auto, false, true (all) or a number of blocks",
                text => text is Auto or "false" or "true" || (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _)),
                s => s.CheckpointActivations, (s, v) => s with { CheckpointActivations = v }).WithoutEffectOnResult();
            yield return train.Text("memory_budget",
                "Memory that training may take, decoders and the runtime not counted; empty: four fifths "
                + "of the machine's.", "a size such as 24GiB, or nothing", text => text.Length == 0 || ByteSize.TryParse(text, out _),
                s => s.MemoryBudget, (s, v) => s with { MemoryBudget = v }).WithoutEffectOnResult();
        }
    }
}
