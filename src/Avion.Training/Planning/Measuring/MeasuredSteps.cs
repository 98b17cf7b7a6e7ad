namespace Avion.Training;

/// <summary>What steps took.</summary>
public sealed record MeasuredSteps
{
    /// <summary>Clips of a measured step, all ranks together.</summary>
    public required int BatchSize { get; init; }

    /// <summary>Parts in which each rank's batch was computed.</summary>
    public required int PartCount { get; init; }

    /// <summary>Seconds of each step while nothing was read beside it.</summary>
    public required IReadOnlyList<double> Alone { get; init; }

    /// <summary>Seconds from step to step while clips were read as a training reads them; empty where none was completed in time.</summary>
    public IReadOnlyList<double> Together { get; init; } = [];

    /// <summary>How the time of <see cref="Together"/> was spent.</summary>
    public LoadShares Shares { get; init; } = new(double.NaN);

    /// <summary>Tokens of a caption, on average; 0 where none are read.</summary>
    public double CaptionTokens { get; init; }

    /// <summary>Step-scoped memory of a rank that was planned for steps of this size.</summary>
    public required long PlannedStepBytes { get; init; }

    /// <summary>Step-scoped memory that a rank used at its peak.</summary>
    public required long UsedStepBytes { get; init; }

    /// <summary>Memory of all ranks' GPUs that went with the steps; null on the processor.</summary>
    public long? DeviceBytes { get; init; }

    /// <summary>Whether the clips were made up, because there are none to read.</summary>
    public bool AreMadeUp { get; init; }

    /// <summary>Clips in a second of steps alone.</summary>
    public double AloneClipsPerSecond => BatchSize / Alone.Average();

    /// <summary>Whether steps took longer alone than while clips were read beside them, by a tenth and by three standard errors: it cannot
    /// be, so the machine had other work while one of the two was measured.</summary>
    public bool IsUnsure => Together.Count > 0 && Alone.Average() is double alone && Together.Average() is double together
        && alone > 1.1 * together && alone - together > 3 * Math.Sqrt(Math.Pow(ErrorOf(Alone), 2) + Math.Pow(ErrorOf(Together), 2));

    /// <summary>Clips in a second of steps and reading together; NaN where no step was completed in time.</summary>
    public double TogetherClipsPerSecond => Together.Count > 0 ? BatchSize / Together.Average() : double.NaN;

    /// <summary>Standard error of a mean; of a single value, whose spread is not known, a tenth of it.</summary>
    private static double ErrorOf(IReadOnlyList<double> values)
    {
        double mean = values.Average();
        return values.Count == 1 ? mean / 10
            : Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Count - 1) / values.Count);
    }
}
