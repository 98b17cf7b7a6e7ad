namespace Avion.Training;

/// <summary>What a recipe's training does on this machine, measured in a minute or so: reading, steps, both together,
/// and what follows.</summary>
public sealed record TrainingMeasurement
{
    /// <summary>How long measuring took.</summary>
    public double Seconds { get; init; }

    /// <summary>Reading by one decode thread; null where it was not measured.</summary>
    public MeasuredReading? OneThread { get; init; }

    /// <summary>Reading by all of the recipe's decode threads, of clips that this process had not read.</summary>
    public MeasuredReading? FirstTime { get; init; }

    /// <summary>Reading the same clips once more, which the system's memory then has.</summary>
    public MeasuredReading? Again { get; init; }

    /// <summary>Reading by a decode thread for each processor, where the recipe has fewer.</summary>
    public MeasuredReading? EveryProcessor { get; init; }

    /// <summary>Steps, alone and while clips were read.</summary>
    public MeasuredSteps? Steps { get; init; }

    /// <summary>Operations for a clip of the recipe's step divided by those for a clip of the measured step,
    /// which may have fewer clips.</summary>
    public double OperationRatio { get; init; } = 1;

    /// <summary>Clips in a step of the recipe.</summary>
    public required int BatchSize { get; init; }

    /// <summary>Clips that the whole run trains on, repetitions counted; null where the data is not there.</summary>
    public long? Clips { get; init; }

    /// <summary>The memory that was planned for what was measured.</summary>
    public MemoryPlan? Memory { get; init; }

    /// <summary>Memory of the process at its peak, after steps and reading; runtime, libraries and decoders included.</summary>
    public long ProcessPeakBytes { get; init; }

    /// <summary>Where clips are made and steps are computed.</summary>
    public required LoadPlace Place { get; init; }

    /// <summary>What would help, by the estimated factor, the largest first.</summary>
    public IReadOnlyList<Improvement> Improvements { get; init; } = [];

    /// <summary>What was tried and helps nothing.</summary>
    public IReadOnlyList<Improvement> Useless { get; init; } = [];

    /// <summary>What could not be measured, and why, as sentences.</summary>
    public IReadOnlyList<string> NotMeasured { get; init; } = [];

    /// <summary>What limits what the figures mean, as sentences.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];

    /// <summary>R: clips that the recipe's decode threads read in a second; NaN where it was not measured.</summary>
    public double ReadingClipsPerSecond => FirstTime?.ClipsPerSecond ?? double.NaN;

    /// <summary>S: clips in a second of the recipe's steps alone; NaN where it was not measured.</summary>
    public double StepClipsPerSecond => Steps is null ? double.NaN : Steps.AloneClipsPerSecond / OperationRatio;

    /// <summary>B: clips in a second of the recipe's training; NaN where it was not measured.</summary>
    /// <remarks>Where fewer clips a step were measured, the time of a clip changes by as much as that of a step alone.</remarks>
    public double TogetherClipsPerSecond => Steps is null ? double.NaN
        : 1 / ((1 / Steps.TogetherClipsPerSecond) - (1 / Steps.AloneClipsPerSecond) + (1 / StepClipsPerSecond));

    /// <summary>Time of the whole run, evaluations and saves aside: clips / B; NaN where B or the clips are not known.</summary>
    public double RunSeconds => Clips / TogetherClipsPerSecond ?? double.NaN;

    /// <summary>The same at the rate of a step that only a tenth of the measured ones is faster than, and of one
    /// that only a tenth is slower than.</summary>
    public (double Low, double High) RunSecondsRange => Steps is { Together: { Count: > 0 } times }
        ? (RunSeconds * Quantile(times, 0.1) / times.Average(), RunSeconds * Quantile(times, 0.9) / times.Average())
        : (double.NaN, double.NaN);

    /// <summary>What bounds the training, by the rule that trainings themselves follow; null where nothing tells.</summary>
    public BottleneckVerdict? Verdict => Shares is { } shares ? BottleneckVerdict.Of(shares, Place) : null;

    /// <summary>Where both together could not be measured, the shares that the rates of both alone give: training waits
    /// for what reading is late.</summary>
    private LoadShares? Shares => Steps is { Together.Count: > 0 } steps ? steps.Shares
        : Steps is not null && FirstTime is not null
        ? new LoadShares(Math.Max(0, 1 - (ReadingClipsPerSecond / StepClipsPerSecond)),
            Math.Min(1, StepClipsPerSecond / ReadingClipsPerSecond),
            Math.Min(1, StepClipsPerSecond / ReadingClipsPerSecond) * FirstTime.FileShare)
        : null;

    /// <summary>The value at a share of the sorted values, between neighbours in proportion.</summary>
    private static double Quantile(IReadOnlyList<double> values, double share)
    {
        double[] sorted = [.. values.Order()];
        double place = share * (sorted.Length - 1);
        int below = (int)place;
        return sorted[below] + ((place - below) * (sorted[Math.Min(below + 1, sorted.Length - 1)] - sorted[below]));
    }
}
