namespace Avion.Training;

/// <summary>The loop itself (keys <c>train.*</c>).</summary>
public sealed record TrainRecipe
{
    public ulong Seed { get; init; }

    public int Epochs { get; init; } = 5;

    public int BatchSize { get; init; } = 16;

    /// <summary>Clips that are computed at once, all devices together: a number, <c>0</c> for the whole batch, or <c>auto</c>.</summary>
    public string MicroBatchSize { get; init; } = "0";

    public long MaximumSteps { get; init; }

    /// <summary>Share of the old average after a step; 0: no average is kept.</summary>
    public double AverageDecay { get; init; }

    public double UndroppedEpochs { get; init; }

    public int MaximumSkippedSteps { get; init; } = 10;

    /// <summary>Such as <c>cuda:0,1</c> or <c>cpu:2</c>.</summary>
    public string Devices { get; init; } = Auto;

    /// <summary>Such as <c>bf16</c>.</summary>
    public string Precision { get; init; } = Auto;

    /// <summary>How many blocks backward runs again: <c>false</c>, <c>true</c>, a number, or <c>auto</c>.</summary>
    public string CheckpointActivations { get; init; } = Auto;

    /// <summary>Whether a GPU's steps are captured as graphs: <c>auto</c> where they can be, or <c>off</c>.</summary>
    public string Graphs { get; init; } = Auto;

    /// <summary>What <see cref="Graphs"/> says.</summary>
    public bool CapturesSteps => Graphs == Auto;

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

    /// <summary>Parts in which a batch is computed, as <see cref="MicroBatchSize"/> states; null: as few as the memory asks for.</summary>
    public int? PartCount => MicroBatchSize switch
    {
        Auto => null,
        "0" => 1,
        string number => BatchSize / int.Parse(number, CultureInfo.InvariantCulture),
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
                s => s.Epochs, (s, v) => s with { Epochs = (int)v }).ThatExtendsRun();
            yield return train.Integer("batch_size", "Clips of a step, all devices together; a last partial batch is left out.", 1, 1 << 20,
                s => s.BatchSize, (s, v) => s with { BatchSize = (int)v });
            yield return train.Text("micro_batch_size",
                "Clips that are computed at once, all devices together: the batch comes in parts of so many, one after the other, with the "
                + "gradient of the whole. 0: the batch at once; auto: as many as train.memory_budget allows.",
                "0, auto or a number that divides train.batch_size",
                text => text == Auto || (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _)),
                s => s.MicroBatchSize, (s, v) => s with { MicroBatchSize = v }).WithoutEffectOnResult();
            yield return train.Integer("maximum_steps", "Stop after so many steps; 0: after the last epoch. The schedule does not change.",
                0, long.MaxValue, s => s.MaximumSteps, (s, v) => s with { MaximumSteps = v }).WithoutEffectOnResult();
            yield return train.Number("average_decay", "Keep an exponential moving average of the weights, of which each step leaves this "
                + "share, such as 0.9999; 0: none. evaluate.weights decides which of the two is evaluated.", NumberRange.AtLeastBelow(0, 1),
                s => s.AverageDecay, (s, v) => s with { AverageDecay = v });
            yield return train.Number("undropped_epochs", "Last epochs, or part of one, that train on all patches whatever "
                + "model.vision.patch_dropout says.", NumberRange.AtLeast(0), s => s.UndroppedEpochs,
                (s, v) => s with { UndroppedEpochs = v });
            yield return train.Integer("maximum_skipped_steps", "Steps in a hundred that may be left out because their loss or gradients "
                + "are not finite; one more stops the run.", 0, SkippedSteps.Window, s => s.MaximumSkippedSteps,
                (s, v) => s with { MaximumSkippedSteps = (int)v }).WithoutEffectOnResult();
            yield return train.Text("devices",
                "Devices that train together, one rank each; losses agree to rounding for any number of them. "
                + "auto: the first GPU where it can be used, else the processor.", DeviceList.Expected,
                text => DeviceList.TryParse(text, out _), s => s.Devices, (s, v) => s with { Devices = v }).WithoutEffectOnResult();
            yield return train.Choice("precision", "Type of activations and of the weights that products read; master weights, "
                + "gradients and optimizer states are float32. auto: bf16 on GPUs, float32 on the processor, where bf16 halves the memory "
                + "of activations and is faster with AVX512-BF16 or AMX; tf32: float32 whose products round their factors to 11 bits, "
                + "on GPUs.",
                Training.Precision.Words,
                s => s.Precision, (s, v) => s with { Precision = v });
            yield return train.Text("checkpoint_activations",
                "How many blocks' activations the backward pass recomputes instead of keeping "
                + "them; auto: as few as train.memory_budget allows.", "auto, false, true (all) or a number of blocks",
                text => text is Auto or "false" or "true" || (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _)),
                s => s.CheckpointActivations, (s, v) => s with { CheckpointActivations = v }).WithoutEffectOnResult();
            yield return train.Text("graphs", "Whether steps on a GPU are captured once as graphs and replayed, with the same losses; "
                + "auto: where they can be.", "auto or off", text => text is Auto or "off", s => s.Graphs, (s, v) => s with { Graphs = v })
                .WithoutEffectOnResult();
            yield return train.Text("memory_budget",
                "Memory that training may take, decoders and the runtime not counted; empty: four fifths "
                + "of the machine's.", $"{ByteSize.Expected}, or nothing", text => text.Length == 0 || ByteSize.TryParse(text, out _),
                s => s.MemoryBudget, (s, v) => s with { MemoryBudget = v }).WithoutEffectOnResult();
        }
    }

    internal IEnumerable<string> Contradictions()
    {
        if (UndroppedEpochs > Epochs)
        {
            yield return $"train.undropped_epochs is {RecipeText.Of(UndroppedEpochs)}, expected at most train.epochs {Epochs}.";
        }

        if (MicroBatchSize is Auto or "0")
        {
            yield break;
        }

        int size = int.Parse(MicroBatchSize, CultureInfo.InvariantCulture), ranks = DeviceList.Count;
        if (size > BatchSize || BatchSize % size != 0 || size % ranks != 0)
        {
            string sizes = string.Join(", ", Enumerable.Range(1, BatchSize).Where(part => BatchSize % part == 0 && part % ranks == 0));
            yield return $"train.micro_batch_size is {size}, expected a number that divides train.batch_size {BatchSize}"
                + (ranks > 1 ? $" and that the {ranks} ranks of train.devices={Devices} can share" : "")
                + (sizes.Length > 0 ? $": {sizes}." : ".");
        }
    }
}
