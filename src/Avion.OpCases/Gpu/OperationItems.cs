namespace Avion.OpCases;

/// <summary>Runs every operation on a GPU, forward and back, against the double-precision reference on the processor.</summary>
public static class OperationItems
{
    /// <summary>Figure of an operation: the largest error of its sizes, as a share of the largest number.</summary>
    public const string MaximumError = "maximum_error";

    /// <summary>An item for each operation and element type.</summary>
    /// <param name="choose">Which of a case's sizes are run.</param>
    public static IReadOnlyList<GpuCheckItem> For(Func<OpCase, IReadOnlyList<OpSize>> choose) =>
    [
        .. OpCaseList.All.SelectMany(opCase => opCase.Types.Select(type => new GpuCheckItem(
            GpuCheckPart.Operations, NameOf(opCase, type), devices => [Run(opCase, choose(opCase), devices.Of(type))]))),
    ];

    private static GpuFinding Run(OpCase opCase, IReadOnlyList<OpSize> sizes, CudaDevice device)
    {
        string name = NameOf(opCase, device.ActivationType);
        OpTolerance tolerance = opCase.ToleranceIn(device.ActivationType);
        device.WaitsForEachKernel = true;
        try
        {
            double worst = 0;
            foreach (OpSize size in sizes)
            {
                string at = $"forward at {size}";
                try
                {
                    OpCheckResult result = AccuracyChecks.Forward(opCase, size, device, tolerance);
                    if (result.Failure is null && opCase.IsDifferentiable)
                    {
                        worst = Math.Max(worst, result.MaximumError);
                        at = $"backward at {size}";
                        result = AccuracyChecks.Backward(opCase, size, device, tolerance);
                    }

                    if (result.Failure is not null)
                    {
                        return GpuFinding.Bad(GpuCheckPart.Operations, name, $"{at}: {result.Failure}");
                    }

                    worst = Math.Max(worst, result.MaximumError);
                }
                catch (Exception exception) when (exception is CudaException or NotSupportedException or ArgumentException)
                {
                    return GpuFinding.Bad(GpuCheckPart.Operations, name, $"{at}: {exception.Message}");
                }
            }

            return GpuFinding.Good(GpuCheckPart.Operations, name, $"{sizes.Count} sizes", (MaximumError, worst));
        }
        finally
        {
            device.WaitsForEachKernel = false;
        }
    }

    private static string NameOf(OpCase opCase, ElementType type) => $"{opCase.Name} {type.ToString().ToLowerInvariant()}";
}
