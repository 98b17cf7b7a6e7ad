namespace Avion.Cli;

/// <summary>How much a check of a GPU looks at.</summary>
internal sealed record GpuCheckScale
{
    private const long CopyBytes = 1L << 30;
    private const int ProductSide = 8192, Steps = 20;

    /// <summary>Everything but the step.</summary>
    public required IReadOnlyList<GpuCheckItem> Items { get; init; }

    /// <summary>Trainings whose step is timed, and with how many clips: the first that fits.</summary>
    public required IReadOnlyList<(Recipe Recipe, int[] BatchSizes)> Trainings { get; init; }

    /// <summary>Measured steps.</summary>
    public int StepCount { get; init; } = Steps;

    /// <summary>Kernels, operations at all sizes, rates of all that a step does, and two steps.</summary>
    public static GpuCheckScale Full => new()
    {
        Items =
        [
            .. KernelItems.All, .. OperationItems.For(opCase => opCase.Sizes), .. CeilingItems.For(CopyBytes, ProductSide),
            .. RateItems.For(),
        ],
        Trainings = [(StepItems.Encoder, [256, 128, 64, 32, 16, 8]), (StepItems.DualEncoder, [256, 128, 64, 32, 16, 8])],
    };

    /// <summary>Kernels, operations at their largest size, and rates of what takes most of a step.</summary>
    public static GpuCheckScale Quick => new()
    {
        Items =
        [
            .. KernelItems.All, .. OperationItems.For(opCase => [opCase.Sizes[^1]]), .. CeilingItems.For(CopyBytes / 2, ProductSide / 2),
            .. RateItems.For(hotAlone: true, runs: 5),
        ],
        Trainings = [],
    };

    /// <summary>All pieces in order.</summary>
    public IReadOnlyList<GpuCheckItem> All =>
        [.. Items, .. Trainings.Select(training => StepItems.Create(training.Recipe, training.BatchSizes, StepCount))];
}
