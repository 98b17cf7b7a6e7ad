namespace Avion.Training;

/// <summary>What training takes of memory with so many blocks recomputed, all ranks together, known from shapes alone; bytes.</summary>
/// <remarks>
/// Counted is what the size of a run decides. The runtime, libraries and decoders take some hundred megabytes besides, and retrieval
/// metrics a matrix of clips by captions.
/// </remarks>
public sealed record MemoryPlan
{
    /// <summary>The model's transformers: name, blocks, and how many of the first of them backward runs again.</summary>
    public required IReadOnlyList<(string Name, int BlockCount, int RecomputedCount)> Stacks { get; init; }

    /// <summary>Parts in which a rank's batch is computed.</summary>
    public required int PartCount { get; init; }

    /// <summary>Clips of a step, all ranks together.</summary>
    public required int BatchSize { get; init; }

    /// <summary>Ranks of this machine.</summary>
    public required int RankCount { get; init; }

    /// <summary>Values of the parameters.</summary>
    public required long ParameterBytes { get; init; }

    /// <summary>Their gradients.</summary>
    public required long GradientBytes { get; init; }

    /// <summary>The optimizer's states.</summary>
    public required long OptimizerBytes { get; init; }

    /// <summary>The average of the weights, which one rank keeps.</summary>
    public required long AverageBytes { get; init; }

    /// <summary>Clips and captions that are read ahead; on a GPU, those of the step under way and of the next.</summary>
    public required long BatchBytes { get; init; }

    /// <summary>Page-locked memory of the host, beside that of GPUs, for clips and captions that are read ahead;
    /// not part of the total.</summary>
    public long HostBatchBytes { get; init; }

    /// <summary>Evaluation between the steps, whose memory comes on top of theirs.</summary>
    public required long EvaluationBytes { get; init; }

    /// <summary>Activations and their gradients at the peak of a step, with captions of full length.</summary>
    public required long StepBytes { get; init; }

    /// <summary>Features of all parts of the batch and their gradients, which a loss over pairs keeps from part to part.</summary>
    public required long FeatureBytes { get; init; }

    /// <summary>Workspace: what kernels and the library of matrix products write intermediate results to,
    /// training and evaluating.</summary>
    public required long ScratchBytes { get; init; }

    /// <summary>Operations of a step's forward and backward pass, those done twice included.</summary>
    public required long StepFlops { get; init; }

    /// <summary>The part of one rank in <see cref="StepBytes"/>.</summary>
    public long StepBytesOfRank => StepBytes / RankCount;

    /// <summary>All of it.</summary>
    public long TotalBytes => ParameterBytes + GradientBytes + OptimizerBytes + AverageBytes + BatchBytes + EvaluationBytes + StepBytes
        + FeatureBytes + ScratchBytes;

    /// <summary>Blocks of all transformers.</summary>
    public int BlockCount => Stacks.Sum(stack => stack.BlockCount);

    /// <summary>Recomputed blocks of all transformers.</summary>
    public int RecomputedCount => Stacks.Sum(stack => stack.RecomputedCount);

    /// <summary>Clips that are computed at once, all ranks together.</summary>
    public int MicroBatchSize => BatchSize / PartCount;

    /// <summary>Such as <c>9 of 24 blocks are recomputed (vision 9 of 12, text 0 of 12)</c>.</summary>
    public string BlocksText => (BlockCount == 0 ? "there are no blocks to recompute"
        : $"{RecomputedCount} of {BlockCount} blocks are recomputed ("
            + string.Join(", ", Stacks.Select(stack => $"{stack.Name} {stack.RecomputedCount} of {stack.BlockCount}")) + ")")
        + (PartCount > 1 ? $" and the batch of {BatchSize} is computed in {PartCount} parts of {MicroBatchSize}" : "");

    /// <summary>Such as <c>weights 0.6 GiB, gradients 0.6 GiB, …</c>.</summary>
    public string BytesText => (RankCount > 1 ? $"for {RankCount} ranks " : "") +
        $"weights {ByteSize.Text(ParameterBytes)}, gradients {ByteSize.Text(GradientBytes)}, optimizer {ByteSize.Text(OptimizerBytes)}, "
        + (AverageBytes > 0 ? $"average {ByteSize.Text(AverageBytes)}, " : "")
        + $"activations {ByteSize.Text(StepBytes + FeatureBytes)}, workspace {ByteSize.Text(ScratchBytes)}, "
        + $"batches {ByteSize.Text(BatchBytes)}, evaluation {ByteSize.Text(EvaluationBytes)}"
        + (HostBatchBytes > 0 ? $" (and {ByteSize.Text(HostBatchBytes)} of the host's for batches read ahead)" : "");

    /// <summary>Makes a model recompute the blocks of this plan.</summary>
    public void ApplyTo(Model model)
    {
        foreach ((string name, _, int recomputed) in Stacks)
        {
            model.BlockStacks.Single(stack => stack.Name == name).RecomputedCount = recomputed;
        }
    }

    /// <summary>Writes the plan as one JSON object.</summary>
    public void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteNumber("recomputed_blocks", RecomputedCount);
        json.WriteNumber("blocks", BlockCount);
        json.WriteNumber("parts", PartCount);
        json.WriteNumber("micro_batch_size", MicroBatchSize);
        json.WriteStartObject("transformers");
        foreach ((string name, int blocks, int recomputed) in Stacks)
        {
            json.WriteStartObject(name);
            json.WriteNumber("recomputed_blocks", recomputed);
            json.WriteNumber("blocks", blocks);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteNumber("ranks", RankCount);
        json.WriteNumber("total_bytes", TotalBytes);
        json.WriteNumber("parameter_bytes", ParameterBytes);
        json.WriteNumber("gradient_bytes", GradientBytes);
        json.WriteNumber("optimizer_bytes", OptimizerBytes);
        json.WriteNumber("average_bytes", AverageBytes);
        json.WriteNumber("step_bytes", StepBytes);
        json.WriteNumber("feature_bytes", FeatureBytes);
        json.WriteNumber("scratch_bytes", ScratchBytes);
        json.WriteNumber("batch_bytes", BatchBytes);
        json.WriteNumber("host_batch_bytes", HostBatchBytes);
        json.WriteNumber("evaluation_bytes", EvaluationBytes);
        json.WriteNumber("step_flops", StepFlops);
        json.WriteEndObject();
    }

    /// <summary>Writes the plan to a file.</summary>
    public void WriteTo(string path)
    {
        using FileStream file = File.Create(path);
        using Utf8JsonWriter json = new(file, new JsonWriterOptions { Indented = true });
        WriteTo(json);
    }
}
