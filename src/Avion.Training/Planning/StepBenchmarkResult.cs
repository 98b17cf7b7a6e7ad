namespace Avion.Training;

/// <summary>What a training step costs on this machine, beside what the machine can do; medians.</summary>
/// <param name="Device">Where the step ran.</param>
/// <param name="ParameterCount">Parameter values of the model.</param>
/// <param name="BatchSize">Clips of a step.</param>
/// <param name="StepMilliseconds">Forward, backward, norm and update.</param>
/// <param name="StepGigaflop">Operations that the kernels of one step state, in 10^9.</param>
/// <param name="PeakGigaflopPerSecond">The matrix library's rate on one large product with the same threads, measured between the steps;
/// not a number where it was not measured.</param>
/// <param name="ShareOfProducts">The step's rate as a share of the matrix library's on the step's own products, each computed whole by
/// every thread; not a number where it was not measured.</param>
/// <param name="ProductEfficiency">What the step's products, cut into tiles that the threads share, reach of that rate.</param>
/// <param name="PlannedBytes">Step-scoped memory found by planning, before the first step.</param>
/// <param name="UsedBytes">Step-scoped memory that the steps used.</param>
/// <param name="PartCount">Parts in which the batch was computed.</param>
/// <param name="ManagedBytesPerStep">Managed memory that a warm step allocated.</param>
public sealed record StepBenchmarkResult(
    string Device,
    long ParameterCount,
    int BatchSize,
    double StepMilliseconds,
    double StepGigaflop,
    double PeakGigaflopPerSecond,
    double ShareOfProducts,
    double ProductEfficiency,
    long PlannedBytes,
    long UsedBytes,
    int PartCount,
    double ManagedBytesPerStep)
{
    /// <summary>Clips that the step trains in a second.</summary>
    public double ClipsPerSecond => 1000 * BatchSize / StepMilliseconds;

    /// <summary>Operations in a second, in 10^9.</summary>
    public double GigaflopPerSecond => 1000 * StepGigaflop / StepMilliseconds;

    /// <summary>The step's rate as a share of the matrix library's.</summary>
    public double ShareOfPeak => GigaflopPerSecond / PeakGigaflopPerSecond;
}
